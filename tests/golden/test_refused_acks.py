"""Bare ACKs that the target's firewall refuses with an ICMP error are seen in what the errors quote."""

from pathlib import Path

import pytest

from scanwarden.lab import frames
from scanwarden.lab.frames import Tcp
from scanwarden.lab.scene import Host, Scene
from tests.replaying import opened, replayed

HOST_PROHIBITED, FRAGMENTATION_NEEDED = 10, 4


def refused(scene: Scene, source: Host, segment: Tcp, *, code: int, at_ns: int) -> None:
    """Send a segment to the guarded host, which answers with an unreachable error of this code."""
    original = scene.send(at_ns, source, scene.guarded, segment)
    body = frames.unreachable(scene.guarded.address4, original, code=code)
    scene.put(at_ns + 40_000, frames.ethernet(source.mac, scene.guarded.mac, body))


def told(scene: Scene, tmp_path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Replay the scene and give the source and techniques of every scan."""
    path = tmp_path / "scene.pcap"
    scene.write(path)
    return [(str(scan.source.address), scan.techniques) for scan in opened(replayed(path, home=scene.home))]


@pytest.mark.parametrize("flags", ["A", "PA"])
def test_refused_bare_acks_to_many_ports_are_an_ack_scan(flags: str, tmp_path: Path) -> None:
    scene = Scene(1, is_ipv6=False)
    source = scene.outsider()
    for port in range(20, 60):
        probe = Tcp(50_000, port, flags, acknowledgement=77, window=1024)
        refused(scene, source, probe, code=HOST_PROHIBITED, at_ns=scene.at(port / 100))
    assert told(scene, tmp_path) == [(source.address4, ("tcp_ack",))]


def test_segments_too_large_for_a_path_are_no_probes(tmp_path: Path) -> None:
    scene = Scene(2, is_ipv6=False)
    source = scene.outsider()
    for port in range(20, 60):
        data = Tcp(50_000, port, "PA", acknowledgement=77, payload=bytes(1400))
        refused(scene, source, data, code=FRAGMENTATION_NEEDED, at_ns=scene.at(port / 100))
    assert told(scene, tmp_path) == []


def test_late_segments_of_a_download_are_answers(tmp_path: Path) -> None:
    """A server goes on with connections that the guarded host began before the capture."""
    scene = Scene(3, is_ipv6=False)
    server = scene.outsider()
    for number in range(40):
        data = Tcp(443, 40_000 + number, "PA", acknowledgement=77, payload=b"late")
        refused(scene, server, data, code=HOST_PROHIBITED, at_ns=scene.at(number / 100))
    assert told(scene, tmp_path) == []
