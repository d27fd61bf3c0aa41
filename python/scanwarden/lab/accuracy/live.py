"""Run real programs in the lab under a watch that records, then replay what it recorded."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from scanwarden.errors import ScanwardenError
from scanwarden.lab.accuracy.replaying import replayed
from scanwarden.lab.accuracy.verdict import Truth, Verdict, false_alarms, judge
from scanwarden.lab.addresses import address4
from scanwarden.lab.commands import run_command
from scanwarden.lab.network import Lab
from scanwarden.lab.scans import RealScan, decoy_numbers
from scanwarden.lab.traffic import RealTraffic
from scanwarden.lab.watching import statements, watching
from scanwarden.model.records import Ready, Record


class Seen(msgspec.Struct, frozen=True):
    """What a watch told, and whether a replay of its recording states the same."""

    records: list[Record]
    replays_alike: bool


class Quiet(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of one harmless program: whom it was blamed on, live and in replay."""

    name: str
    command: str
    alarms: tuple[str, ...] = ()
    replays_alike: bool = False
    failure: str | None = None


def scan_verdict(lab: Lab, scan: RealScan) -> Verdict:
    """Return the verdict on one real scan; a program that fails to run is the verdict's `failure`."""
    decoys = decoy_numbers(scan)
    for number in decoys:
        lab.add_neighbour(lab.guarded, number)
    sources = (scan.source, *map(address4, decoys))
    truth = Truth(
        sources=sources,
        techniques=frozenset(scan.techniques),
        group=scan.group,
        pattern=scan.pattern,
        tool=scan.tool,
    )
    try:
        # The limits of the catalogue are for an idle machine.
        seen = watched(lab, lambda: run_command(lab.scanner, scan.command, limit_s=2 * scan.limit_s))
    except ScanwardenError as error:
        return Verdict(name=scan.name, truth=truth, failure=str(error))
    return msgspec.structs.replace(judge(scan.name, truth, seen.records), replays_alike=seen.replays_alike)


def traffic_alarms(lab: Lab, traffic: RealTraffic) -> Quiet:
    """Return what was told of one harmless program; one that fails to run is the `failure`."""
    host = lab.guarded if traffic.runs_on_guarded else lab.scanner
    try:
        seen = watched(lab, lambda: run_command(host, traffic.command, limit_s=60))
    except ScanwardenError as error:
        return Quiet(name=traffic.name, command=traffic.command, failure=str(error))
    return Quiet(
        name=traffic.name,
        command=traffic.command,
        alarms=false_alarms(seen.records),
        replays_alike=seen.replays_alike,
    )


def watched(lab: Lab, work: Callable[[], object]) -> Seen:
    """Run `work` under a watch of the guarded host; raises ScanwardenError if either fails."""
    with tempfile.TemporaryDirectory(prefix="scanwarden-accuracy-") as folder:
        capture = Path(folder) / "used.pcap"
        with watching(lab.guarded, "--record", str(capture)) as watcher:
            work()
            told = watcher.finish()
        (ready,) = [record for record in told if isinstance(record, Ready)]
        again = replayed(capture, home=ready.home)
    return Seen(told, statements(again) == statements(told))


def decoy_scans(count: int, *, decoys: int, seed: int) -> list[RealScan]:
    """Return `count` scans by nmap among `decoys` forged sources, the scanner at a random place among them."""
    rng = random.Random(f"decoys/{decoys}/{seed}")
    scans = []
    for number in range(count):
        names = [address4(host) for host in rng.sample(range(100, 250), decoys)]
        names.insert(rng.randrange(decoys + 1), "ME")
        scans.append(
            RealScan(
                name=f"decoys_{decoys}_run_{number + 1}",
                command=f"nmap -n -Pn -sS -F -D {','.join(names)} {{target}}",
                techniques=("tcp_syn",),
                group="decoys",
            )
        )
    return scans
