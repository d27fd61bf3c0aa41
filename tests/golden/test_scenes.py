"""Replay synthesised captures: harmless workloads give nothing, crafted scans give the truth about themselves.

The captures are drawn from seeds by `scanwarden.lab`, so nothing is stored; more seeds: `SCANWARDEN_SEEDS=20`.
"""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from scanwarden.lab import crafted, harmless
from scanwarden.lab.crafted import CRAFTED, CraftedScan, Truth
from scanwarden.lab.harmless import WORKLOADS, Workload
from scanwarden.lab.scene import Scene
from scanwarden.lab.watching import statements
from scanwarden.model.detection import Closed
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record
from tests.replaying import opened, replayed, sources_of

SEEDS = range(int(os.environ.get("SCANWARDEN_SEEDS", "3")))

# What the detector does not do yet. A case that passes is an error here, so that the list only shrinks.
NOT_YET: dict[str, str] = {}


def cases(entries: Sequence[Workload] | Sequence[CraftedScan]) -> list[object]:
    """Turn entries into parameters, those of `NOT_YET` marked."""
    return [
        pytest.param(
            entry,
            id=entry.name,
            marks=[pytest.mark.xfail(reason=NOT_YET[entry.name])] if entry.name in NOT_YET else [],
        )
        for entry in entries
    ]


@pytest.mark.parametrize("workload", cases(WORKLOADS))
def test_harmless_workload_is_not_reported(workload: Workload, tmp_path: Path) -> None:
    for seed in SEEDS:
        records = replayed_scene(harmless.staged(workload, seed), tmp_path)
        assert [sources_of(scan) for scan in opened(records)] == [], f"seed {seed}"
        notices = {record.kind for record in records if isinstance(record, Notice)}
        assert notices == ({workload.notice} if workload.notice else set()), f"seed {seed}"


@pytest.mark.parametrize("scan", cases(CRAFTED))
def test_crafted_scan_is_named_as_what_it_is(scan: CraftedScan, tmp_path: Path) -> None:
    for seed in SEEDS:
        scene, truth = crafted.staged(scan, seed)
        closed = [record for record in replayed_scene(scene, tmp_path) if isinstance(record, Closed)]
        if truth.group:
            assert_group(closed, truth)
            continue
        assert [str(found.source.address) for found in closed] == [truth.sources[0]], f"seed {seed}"
        assert set(closed[0].techniques) & truth.techniques, f"seed {seed}: {closed[0].techniques}"
        assert truth.pattern in (None, closed[0].pattern), f"seed {seed}"
        assert set(closed[0].tricks) == truth.tricks, f"seed {seed}"


@pytest.mark.parametrize("scan", cases(CRAFTED))
def test_crafted_scan_gives_the_same_in_every_run(scan: CraftedScan, tmp_path: Path) -> None:
    for seed in SEEDS:
        scene, _ = crafted.staged(scan, seed)
        one, other = (statements(replayed_scene(scene, tmp_path)) for _ in range(2))
        assert one == other, f"seed {seed}"


def assert_group(closed: Collection[Closed], truth: Truth) -> None:
    """Check that one group names every member, and that no member is named alone."""
    groups = [found for found in closed if found.group]
    assert [found.group for found in groups] == [truth.group]
    assert sources_of(groups[0]) == set(truth.sources)
    assert set(groups[0].tricks) == truth.tricks
    assert groups[0].evidence.parts
    assert {str(part.source) for part in groups[0].evidence.parts} <= set(truth.sources)
    assert all(found.part_of == groups[0].id for found in closed if not found.group)


def replayed_scene(scene: Scene, folder: Path) -> list[Record]:
    """Write a scene to a file and replay it with its own home."""
    capture = folder / "scene.pcap"
    scene.write(capture)
    return replayed(capture, home=scene.home)
