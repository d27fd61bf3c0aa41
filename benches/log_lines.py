"""Judge long firewall logs in processes of their own: exactly the scanners are named, at what rate and memory."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from runs import LIMIT_S

from scanwarden.lab.firewall_log import FirewallLog, Scenario

MAX_PEAK_BYTES = 128 << 20
FEWEST_LINES_PER_CPU_S = 1_000_000
ENDLESS_LINE_BYTES = 1 << 30
MAX_ENDLESS_BYTES = 16 << 20
PIECE_BYTES = 1 << 20

# Reads one log and says what it cost: the same calls as `scanwarden replay`, without the interpreter's start.
READ_ONE = """
import json, sys
from pathlib import Path
from scanwarden.daemon.replay import Replay, ReplayOptions
from scanwarden.model.detection import Opened
from scanwarden.model.notice import Notice

def peak_bytes():
    # Not ru_maxrss, which begins with what the process that started this one held.
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024

told = []
replay = Replay(ReplayOptions(input_format="syslog"), tell=told.append, progress=lambda read, total: None)
before_bytes = peak_bytes()
totals = replay.run([sys.argv[1]])
print(json.dumps({
    "lines": totals.lines,
    "cpu_s": totals.cpu_ns / 1e9,
    "before_bytes": before_bytes,
    "peak_bytes": peak_bytes(),
    "named": [str(one.source.address) for one in told if isinstance(one, Opened)],
    "notices": [one.text for one in told if isinstance(one, Notice)],
    "failures": [str(failure) for failure in totals.failures],
}))
"""


def judge_logs(*, lines: int, seeds: int) -> list[str]:
    """Read logs of `seeds` seeds drawn now; print rate and memory of each and return what is wrong."""
    faults: list[str] = []
    for _ in range(seeds):
        log = FirewallLog(Scenario(seed=secrets.randbits(32), lines=lines))
        with tempfile.TemporaryDirectory(prefix="scanwarden-") as folder:
            path = Path(folder) / "messages"
            with path.open("wb") as file:
                file.writelines(log.lines())
            faults += judge(log, read(path))
    return faults


def judge(log: FirewallLog, ran: dict[str, object]) -> list[str]:
    where = f"log, seed {log.scenario.seed}"
    lines, cpu_s, peak_bytes = int(str(ran["lines"])), float(str(ran["cpu_s"])), int(str(ran["peak_bytes"]))
    rate = lines / cpu_s
    print(f"{where}: {lines:,} lines, {rate:,.0f} a CPU second, {peak_bytes / (1 << 20):.1f} MiB at most", flush=True)
    named = ran["named"]
    faults = [] if isinstance(named, list) and sorted(named) == sorted(log.scanners) else [f"{where}: named {named}"]
    if ran["notices"] or ran["failures"]:
        faults.append(f"{where}: told {ran['notices']} {ran['failures']}")
    if peak_bytes > MAX_PEAK_BYTES:
        faults.append(f"{where}: held {peak_bytes:,} bytes")
    if rate < FEWEST_LINES_PER_CPU_S:
        print(f"{where}: slower than {FEWEST_LINES_PER_CPU_S:,} lines a CPU second on this machine", flush=True)
    return faults


def judge_endless_line() -> list[str]:
    """Read a gigabyte without a newline; return what is wrong."""
    with tempfile.TemporaryDirectory(prefix="scanwarden-") as folder:
        short, endless = Path(folder) / "short", Path(folder) / "endless"
        short.write_bytes(b"x" * PIECE_BYTES)
        os.mkfifo(endless)
        plain = int(str(read(short)["peak_bytes"]))
        with subprocess.Popen([sys.executable, "-c", READ_ONE, endless], stdout=subprocess.PIPE) as reader:
            with endless.open("wb") as pipe:
                for _ in range(ENDLESS_LINE_BYTES // PIECE_BYTES):
                    pipe.write(b"x" * PIECE_BYTES)
            said = json.loads(reader.communicate(timeout=LIMIT_S)[0])
    added = int(said["peak_bytes"]) - plain
    print(f"log, a line of {ENDLESS_LINE_BYTES:,} bytes: {added / (1 << 20):.1f} MiB more than a short one", flush=True)
    return [f"log: an endless line added {added:,} bytes"] if added > MAX_ENDLESS_BYTES else []


def read(path: Path) -> dict[str, object]:
    command = [sys.executable, "-c", READ_ONE, str(path)]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=LIMIT_S)
    said: dict[str, object] = json.loads(ended.stdout)
    return said
