"""A capture that lost packets is no reason to blame anybody."""

import random
from pathlib import Path

import pytest

from scanwarden.lab import harmless
from scanwarden.lab.harmless import WORKLOADS
from tests.replaying import opened, replayed, sources_of

LOST = 0.1


@pytest.mark.parametrize("name", ["ftp_passive", "ftp_active", "page_fetches", "monitoring", "outgoing_mail"])
@pytest.mark.parametrize("seed", range(4))
def test_connections_whose_answer_was_lost_are_known_by_their_end(name: str, seed: int, tmp_path: Path) -> None:
    (workload,) = [one for one in WORKLOADS if one.name == name]
    scene = harmless.staged(workload, seed)
    rng = random.Random(seed)
    scene.timed_frames = [frame for frame in scene.sorted_frames() if rng.random() >= LOST]
    path = tmp_path / "scene.pcap"
    scene.write(path)
    assert [sources_of(scan) for scan in opened(replayed(path, home=scene.home))] == []
