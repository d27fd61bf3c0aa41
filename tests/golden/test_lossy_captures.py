"""A capture that lost packets is no reason to blame anybody."""

import random
from pathlib import Path

import pytest

from scanwarden.lab import crafted, harmless
from scanwarden.lab.crafted import CRAFTED
from scanwarden.lab.harmless import WORKLOADS
from scanwarden.lab.pcap import write_pcap
from scanwarden.model.detection import Closed
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


def test_a_connect_scan_is_known_although_the_capture_cut_the_options(tmp_path: Path) -> None:
    """Captures of 68 bytes a packet, once usual, end inside the options of a system's SYN."""
    (connect,) = [one for one in CRAFTED if one.name == "connect"]
    for seed in range(6):
        scene, _ = crafted.staged(connect, seed)
        path = tmp_path / "scene.pcap"
        write_pcap(path, scene.sorted_frames(), snap_bytes=94 if scene.is_ipv6 else 68)
        (end,) = [record for record in replayed(path, home=scene.home) if isinstance(record, Closed)]
        assert (end.techniques, end.stages) == (("tcp_connect",), ("ports",))
