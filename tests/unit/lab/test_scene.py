from pathlib import Path

import pytest

from scanwarden.lab import pcap
from scanwarden.lab.frames import Udp
from scanwarden.lab.scene import GUARDED, Scene, link_host, seconds


def test_frames_come_out_in_time_order_and_ties_in_the_order_placed() -> None:
    scene = Scene(1)
    for time_ns, frame in ((2, b"c"), (1, b"a"), (1, b"b")):
        scene.put(time_ns, frame)
    assert [frame for _, frame in scene.sorted_frames()] == [b"a", b"b", b"c"]


@pytest.mark.parametrize(("is_ipv6", "ethertype"), [(False, b"\x08\x00"), (True, b"\x86\xdd")])
def test_family_of_the_scene_decides_the_addresses(is_ipv6: bool, ethertype: bytes) -> None:
    scene = Scene(1, is_ipv6=is_ipv6)
    scene.send(scene.at(0), link_host(50), GUARDED, Udp(1, 2))
    assert scene.timed_frames[0][1][12:14] == ethertype


def test_home_hosts_are_numbered_after_the_guarded_host() -> None:
    scene = Scene(1)
    scene.add_home_hosts(2)
    assert scene.home[:3] == ["10.77.1.10/32", "10.77.1.11/32", "10.77.1.12/32"]
    assert scene.home[3:] == ["fd77:1::10/128", "fd77:1::11/128", "fd77:1::12/128"]


def test_outsiders_come_through_the_gateway_with_fewer_hops_left() -> None:
    scene = Scene(1)
    for host in scene.outsiders(50):
        assert host.mac == link_host(1).mac
        assert host.ttl < host.stack.ttl


def test_written_scene_reads_back(tmp_path: Path) -> None:
    scene = Scene(1)
    scene.put(scene.at(1.5), b"\0" * 60)
    scene.write(tmp_path / "x.pcap")
    assert pcap.read_pcap(tmp_path / "x.pcap") == [(scene.start_ns + seconds(1.5), b"\0" * 60)]
