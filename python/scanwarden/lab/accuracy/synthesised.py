"""Replay synthesised captures: crafted scans and harmless workloads, drawn anew from each seed."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from scanwarden.lab import crafted, harmless
from scanwarden.lab.accuracy.replaying import replayed
from scanwarden.lab.accuracy.verdict import Truth, Verdict, false_alarms, judge
from scanwarden.lab.crafted import CraftedScan
from scanwarden.lab.harmless import Workload
from scanwarden.lab.scene import Scene
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of one harmless workload: blame by seed, with our addresses given and with them inferred.

    Each entry says the seed and who was blamed for what. `missing_notices` are seeds without the notice that the
    workload deserves, or with one it does not.
    """

    name: str
    summary: str
    runs: int
    with_home: tuple[str, ...] = ()
    with_inferred_home: tuple[str, ...] = ()
    missing_notices: tuple[int, ...] = ()


def crafted_verdicts(scan: CraftedScan, seeds: Sequence[int]) -> list[Verdict]:
    """Return one verdict a seed."""
    verdicts = []
    for seed in seeds:
        scene, said = crafted.staged(scan, seed)
        truth = Truth(
            sources=said.sources,
            techniques=said.techniques,
            group=said.group,
            pattern=said.pattern,
            is_tool_known=False,
        )
        verdicts.append(judge(scan.name, truth, _replayed_scene(scene, is_home_given=True)))
    return verdicts


def workload_alarms(workload: Workload, seeds: Sequence[int]) -> Alarms:
    """Return what was told of `workload` over all seeds."""
    with_home, inferred, notices = list[str](), list[str](), list[int]()
    for seed in seeds:
        scene = harmless.staged(workload, seed)
        told = _replayed_scene(scene, is_home_given=True)
        with_home += [f"seed {seed}: {blamed}" for blamed in false_alarms(told)]
        kinds = {record.kind for record in told if isinstance(record, Notice)}
        if kinds != ({workload.notice} if workload.notice else set()):
            notices.append(seed)
        told = _replayed_scene(scene, is_home_given=False)
        inferred += [f"seed {seed}: {blamed}" for blamed in false_alarms(told)]
    return Alarms(
        name=workload.name,
        summary=workload.summary,
        runs=len(seeds),
        with_home=tuple(with_home),
        with_inferred_home=tuple(inferred),
        missing_notices=tuple(notices),
    )


def _replayed_scene(scene: Scene, *, is_home_given: bool) -> list[Record]:
    with tempfile.TemporaryDirectory(prefix="scanwarden-accuracy-") as folder:
        capture = Path(folder) / "scene.pcap"
        scene.write(capture)
        return replayed(capture, home=tuple(map(Prefix.parse, scene.home)) if is_home_given else ())
