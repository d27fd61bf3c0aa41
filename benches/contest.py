"""Let contestants run over one capture in turn, and compare what they cost.

The machine may be busy and its speed drifts, so all run in every round, each time in another order, and only ratios
within a round are compared.
"""

import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from captures import EXAMPLES, REPOSITORY, Capture, folder
from runs import Run, run, run_whole

HERE = Path(__file__).resolve().parent
DETECTION = "full detection"
WALK = "bare header walk"
LIBPCAP = "libpcap's empty loop"
COMMAND = "scanwarden replay, start included"
REFERENCES = (WALK, LIBPCAP)
MAX_PEAK_BYTES = 128 << 20

Contestants = dict[str, Callable[[Capture], Run]]
Rounds = Sequence[dict[str, Run]]


def contestants() -> Contestants:
    """Name everyone who can run here."""
    python = Path(sys.executable)
    known: Contestants = {
        DETECTION: lambda capture: run([python, HERE / "detect.py", capture.path, capture.home]),
        WALK: lambda capture: run([EXAMPLES / "header_walk", capture.path]),
        COMMAND: lambda capture: run_whole(
            [python, "-m", "scanwarden", "replay", "--format", "json", "--home", capture.home, capture.path],
            capture.packets,
        ),
    }
    if loop := build_libpcap_loop():
        known[LIBPCAP] = lambda capture: run([loop, capture.path])
    return known


def build_libpcap_loop() -> Path | None:
    """Compile libpcap's empty loop; None, and a line that says so, where that is not possible."""
    program = folder() / "pcap_loop"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(HERE / "pcap_loop.c"), "-lpcap"]
    try:
        subprocess.run(command, check=True, capture_output=True, cwd=REPOSITORY, timeout=60)
    except FileNotFoundError:
        print("libpcap's empty loop is left out: no gcc here")
    except subprocess.CalledProcessError as error:
        print(f"libpcap's empty loop is left out: {error.stderr.decode(errors='replace').splitlines()[0]}")
    else:
        return program
    return None


def compete(capture: Capture, known: Contestants, rounds: int) -> Rounds:
    """Run everyone once a round, after one run each that only warms the caches."""
    names = list(known)
    for name in names:
        known[name](capture)
    return [
        {name: known[name](capture) for name in names[turn % len(names) :] + names[: turn % len(names)]}
        for turn in range(rounds)
    ]


def table(capture: Capture, rounds: Rounds) -> str:
    """Show rates, ratios and memory: medians, with their range."""
    said = rounds[0][DETECTION].said
    counters = said["counters"]
    share = counters["passed"] / capture.packets
    lines = [
        f"{capture.kind}: {capture.packets:,} packets, {share:.1%} of them candidates, scans found: {said['opened']:,}",
        f"  {'':34}{'million packets':>22}{'ratio to the':>22}{'ratio to':>22}{'memory':>10}",
        f"  {'':34}{'a CPU second':>22}{'header walk':>22}{'libpcap':>22}{'MiB':>10}",
    ]
    for name in rounds[0]:
        rate = spread([one[name].packets_per_cpu_s / 1e6 for one in rounds], ".1f")
        ratios = [ratio(rounds, name, reference) for reference in REFERENCES]
        peak_mib = max(one[name].peak_bytes for one in rounds) / (1 << 20)
        lines.append(f"  {name:34}{rate:>22}{ratios[0]:>22}{ratios[1]:>22}{peak_mib:>10.1f}")
    making_ms = spread([one[DETECTION].said["making_s"] * 1e3 for one in rounds], ".0f")
    lines.append(f"  full detection includes {making_ms} ms for making its tables, whatever the number of packets")
    return "\n".join(lines)


def ratio(rounds: Rounds, name: str, reference: str) -> str:
    if reference not in rounds[0] or name == reference:
        return "-"
    return spread([one[name].packets_per_cpu_s / one[reference].packets_per_cpu_s for one in rounds], ".3f")


def spread(values: Sequence[float], form: str) -> str:
    """Write a median and its range."""
    return f"{statistics.median(values):{form}} ({min(values):{form}}-{max(values):{form}})"


def faults(capture: Capture, rounds: Rounds) -> list[str]:
    """Say what was wrong with the results; never what was slow."""
    found = []
    for one in rounds:
        for name, ran in one.items():
            if ran.packets != capture.packets:
                found.append(f"{capture.kind}: {name} counted {ran.packets:,} packets of {capture.packets:,}")
        detection = one[DETECTION]
        named = frozenset(detection.said["sources"])
        if missed := capture.scanners - named:
            found.append(f"{capture.kind}: {len(missed)} of {len(capture.scanners)} scanners missed: {some(missed)}")
        if innocent := named - capture.scanners:
            found.append(f"{capture.kind}: {len(innocent)} sources named that scan nobody: {some(innocent)}")
        found += [
            f"{capture.kind}: {name} held {one[name].peak_bytes >> 20} MiB, more than 128"
            for name in (DETECTION, COMMAND)
            if one[name].peak_bytes > MAX_PEAK_BYTES
        ]
    return list(dict.fromkeys(found))


def some(addresses: frozenset[str]) -> str:
    return ", ".join(sorted(addresses)[:5])
