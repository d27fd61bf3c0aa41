"""Measure what is detected and what is falsely reported, and write the page about it: `make accuracy` (root).

Every real scan and every harmless program of the lab runs in network namespaces under a watch whose recording is then
replayed; every crafted scan and every harmless workload is synthesised from several seeds and replayed. The page is
docs/explanation/accuracy.md. The exit status is 1 when a promise is broken.

    make accuracy ARGS="--only masscan"     # some cases, without a page
"""

import argparse
import datetime as dt
import queue
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from scanwarden import hostcmd
from scanwarden.errors import ScanwardenError
from scanwarden.lab import Lab
from scanwarden.lab.accuracy.live import decoy_scans, scan_verdict, traffic_alarms
from scanwarden.lab.accuracy.page import page
from scanwarden.lab.accuracy.promises import promises
from scanwarden.lab.accuracy.results import Results
from scanwarden.lab.accuracy.synthesised import crafted_verdicts, workload_alarms
from scanwarden.lab.accuracy.verdict import Verdict
from scanwarden.lab.addresses import SWEPT
from scanwarden.lab.commands import missing_programs
from scanwarden.lab.crafted import CRAFTED
from scanwarden.lab.harmless import WORKLOADS
from scanwarden.lab.scans import REAL_SCANS, RealScan
from scanwarden.lab.traffic import HARMLESS_TRAFFIC

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "accuracy.md"
DECOYS = (3, 20)
AT_ONCE = 2

CaseT = TypeVar("CaseT")
ResultT = TypeVar("ResultT")


def main() -> int:
    asked = arguments()
    try:
        results = measure(asked)
    except ScanwardenError as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 2
    for faulty in faults(results):
        print(faulty)
    if asked.only:
        return 1 if faults(results) else 0
    stated = promises(results)
    for promise in stated:
        print(f"{'kept  ' if promise.holds else 'BROKEN'}  {promise.text}: {promise.measured}")
    asked.page.parent.mkdir(parents=True, exist_ok=True)
    command = "make accuracy" + (f' ARGS="{" ".join(sys.argv[1:])}"' if sys.argv[1:] else "")
    day = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"
    text = page(results, command=command, day=day, programs=versions(), seeds=asked.seeds)
    asked.page.write_text(text, encoding="utf-8")
    print(f"written: {asked.page}")
    return 0 if all(promise.holds for promise in stated) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20, help="seeds of each synthesised case (default: 20)")
    parser.add_argument("--decoy-runs", type=int, default=20, help="runs of nmap -D for each number of decoys")
    parser.add_argument("--only", metavar="WORD", default="", help="only cases with WORD in their name; no page")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page goes")
    return parser.parse_args()


def measure(asked: argparse.Namespace) -> Results:
    """Run everything asked for; raise ScanwardenError where the lab cannot be built or a program is missing."""
    scans = [scan for scan in REAL_SCANS if asked.only in scan.name]
    traffic = [one for one in HARMLESS_TRAFFIC if asked.only in one.name]
    if missing := missing_programs([one.command for one in (*scans, *traffic)]):
        raise ScanwardenError(f"not installed: {', '.join(missing)}", remedy="run `make setup` as root")
    seeds = range(asked.seeds)
    workloads = tuple(workload_alarms(one, seeds) for one in WORKLOADS if asked.only in one.name)
    crafted = tuple(tuple(crafted_verdicts(one, seeds)) for one in CRAFTED if asked.only in one.name)
    repeated = {} if asked.only else {n: decoy_scans(asked.decoy_runs, decoys=n, seed=1) for n in DECOYS}
    plain = [scan for scan in scans if not scan.is_sweep] + [scan for runs in repeated.values() for scan in runs]
    swept = [scan for scan in scans if scan.is_sweep]
    print(f"synthesised cases are done; {len(scans)} real scans and {len(traffic)} programs follow", flush=True)
    with labs(()) as running:
        verdicts = scanned(running, plain)
        quiet = over(running, traffic, traffic_alarms)
    with labs(SWEPT) as running:
        verdicts |= scanned(running, swept)
    return Results(
        scans=tuple((scan, verdicts[scan.name]) for scan in scans),
        traffic=tuple(quiet),
        crafted=crafted,
        workloads=workloads,
        decoys={count: tuple(verdicts[scan.name] for scan in runs) for count, runs in repeated.items()},
    )


@contextmanager
def labs(extra_addresses: Sequence[int]) -> Iterator[list[Lab]]:
    """Keep `AT_ONCE` labs running for the length of the block."""
    with ExitStack() as stack:
        yield [stack.enter_context(Lab(extra_addresses=extra_addresses)) for _ in range(AT_ONCE)]


def scanned(running: Sequence[Lab], scans: Sequence[RealScan]) -> dict[str, Verdict]:
    """Return verdicts by name; the longest scans start first, so that none is left alone at the end."""
    longest_first = sorted(scans, key=lambda scan: -scan.limit_s)
    return {verdict.name: verdict for verdict in over(running, longest_first, scan_verdict)}


def over(running: Sequence[Lab], cases: Iterable[CaseT], work: Callable[[Lab, CaseT], ResultT]) -> list[ResultT]:
    """Return what `work` gives for each case, in order; each lab has one case at a time."""
    free: queue.SimpleQueue[Lab] = queue.SimpleQueue()
    for lab in running:
        free.put(lab)

    def one(case: CaseT) -> ResultT:
        lab = free.get()
        try:
            return work(lab, case)
        finally:
            free.put(lab)

    with ThreadPoolExecutor(len(running)) as pool:
        return list(pool.map(one, cases))


def faults(results: Results) -> list[str]:
    """Give a line for everything that went wrong in a case."""
    verdicts = [verdict for _, verdict in results.scans]
    verdicts += [run for runs in (*results.crafted, *results.decoys.values()) for run in runs]
    lines = [f"{one.name}: {'; '.join(one.faults)} {told(one)}" for one in verdicts if one.faults]
    lines += [
        f"{quiet.name}: {quiet.failure or quiet.alarms or 'replay differs'}"
        for quiet in results.traffic
        if quiet.alarms or quiet.failure or not quiet.replays_alike
    ]
    lines += [
        f"{workload.name}: {len(kind)} of {workload.runs} seeds, first {kind[0]}"
        for workload in results.workloads
        for kind in (workload.with_home, workload.with_inferred_home, workload.missing_notices)
        if kind
    ]
    return lines


def told(verdict: Verdict) -> str:
    return (
        f"(techniques {verdict.techniques}, pattern {verdict.pattern}, tool {verdict.tool}, {verdict.scans} opened, "
        f"others {verdict.false_alarms})"
    )


def versions() -> list[str]:
    """Give the scanners with their versions, as they say them."""
    found = []
    for program in ("nmap", "masscan", "zmap", "hping3", "nping"):
        said = hostcmd.run([program, "--version"], check=False)
        match = re.search(r"\d+\.\d+(?:\.\d+)?[\w-]*", (said.stdout + said.stderr).decode("utf-8", "replace"))
        found.append(f"{program} {match[0]}" if match else program)
    return found


if __name__ == "__main__":
    sys.exit(main())
