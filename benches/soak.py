"""Run the long counts: `make soak`, or `make soak ARGS="--packets 20000000"`.

Millions of SYNs, nearly each from another source, are replayed and (as root) sent over a wire; resident memory must
stay within the budget of the tables plus a constant. Firewall logs of a million lines are judged, a gigabyte without a
newline is read, and a log is rotated a thousand times. Then the benchmarks of `make bench` run at full length.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import captures
import contest
import live
import log_lines
from runs import Run

HERE = Path(__file__).resolve().parent
PACKETS = 10_000_000
LIVE_PACKETS = 5_000_000
LIVE_PACKETS_PER_S = 200_000
LOG_LINES = 1_000_000
LOG_SEEDS = 20
ROTATIONS = 1_000
FOLLOWER_TESTS = HERE.parent / "tests" / "unit" / "sensors" / "test_follower.py"
BUDGET_BYTES = 32 << 20
# The interpreter with the program's modules (about 45 MiB for the whole command), the window over a file or a ring of
# 8 MiB, tables of fixed size, records on their way out.
OVERHEAD_BYTES = 64 << 20


def main() -> None:
    asked = arguments()
    if asked.live_only:
        print(json.dumps(live.receive(asked.packets, packets_per_s=LIVE_PACKETS_PER_S)._asdict()))
        return
    if not asked.logs_only:
        captures.build_examples()
    faults = logs(asked.log_seeds)
    if not asked.logs_only:
        faults += replay(asked.packets) + watch(min(asked.packets, LIVE_PACKETS))
    if faults:
        raise SystemExit("\n".join(faults))
    if not asked.without_bench and not asked.logs_only:
        bench = [sys.executable, str(HERE / "run.py"), "--packets", str(asked.packets)]
        raise SystemExit(subprocess.run(bench, check=False, stdin=subprocess.DEVNULL).returncode)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=PACKETS)
    parser.add_argument("--without-bench", action="store_true", help="leave the benchmarks out")
    parser.add_argument("--log-seeds", type=int, default=LOG_SEEDS, help="logs of a million lines to judge")
    parser.add_argument("--logs-only", action="store_true", help="judge only logs and their rotation")
    parser.add_argument("--live-only", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def logs(seeds: int) -> list[str]:
    """Judge logs of a million lines, a line without end, and a thousand rotations under load."""
    faults = log_lines.judge_logs(lines=LOG_LINES, seeds=seeds) + log_lines.judge_endless_line()
    rotation = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "rotated", str(FOLLOWER_TESTS)]
    done = subprocess.run(
        rotation,
        check=False,
        cwd=HERE.parent,
        env=os.environ | {"SCANWARDEN_ROTATIONS": str(ROTATIONS)},
        stdin=subprocess.DEVNULL,
    )
    print(f"log: {ROTATIONS:,} rotations under load, status {done.returncode}", flush=True)
    return faults + (["log: lines were lost or doubled in rotation"] if done.returncode else [])


def replay(packets: int) -> list[str]:
    """Replay the flood through the native module and through the whole command."""
    capture = captures.make_capture("synonly", packets)
    known = contest.contestants()
    faults = []
    for name in (contest.DETECTION, contest.COMMAND):
        ran: Run = known[name](capture)
        print(f"replay, {name}: {ran.packets:,} packets, {mib(ran.peak_bytes)} at most", flush=True)
        faults += too_much(f"replay, {name}", ran.peak_bytes)
        if name == contest.DETECTION and set(ran.said["sources"]) != capture.scanners:
            faults.append(f"replay: named {ran.said['sources'][:5]}, not the hidden scan {sorted(capture.scanners)}")
    return faults


def watch(packets: int) -> list[str]:
    """Send the flood, paced, to a live capture in a process of its own, so that its memory is its own."""
    if os.geteuid() != 0:
        print("live: left out, needs root for network namespaces")
        return []
    command = [sys.executable, str(HERE / "soak.py"), "--live-only", "--packets", str(packets)]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=live.LIMIT_S)
    reception = live.Reception(**json.loads(ended.stdout))
    print(f"live: {reception}; {mib(reception.peak_bytes)} at most", flush=True)
    faults = too_much("live", reception.peak_bytes)
    if reception.fault:
        faults.append(reception.fault)
    if reception.opened:
        faults.append(f"live: {reception.opened} scans found where there is none")
    return faults


def too_much(where: str, peak_bytes: int) -> list[str]:
    limit_bytes = BUDGET_BYTES + OVERHEAD_BYTES
    return [f"{where}: held {mib(peak_bytes)}, more than {mib(limit_bytes)}"] if peak_bytes > limit_bytes else []


def mib(count: int) -> str:
    return f"{count / (1 << 20):.1f} MiB"


if __name__ == "__main__":
    main()
