"""Check that crafted scans are what their truth says; whether the detector agrees is for the golden tests."""

import ipaddress

import pytest

from scanwarden.lab.crafted import CRAFTED, CraftedScan, staged
from scanwarden.lab.frames import packed

each_scan = pytest.mark.parametrize("scan", CRAFTED, ids=lambda scan: scan.name)

TECHNIQUES = {
    *("tcp_syn", "tcp_connect", "tcp_fin", "tcp_null", "tcp_xmas", "tcp_maimon", "tcp_ack", "tcp_rst", "tcp_synfin"),
    *("tcp_flags", "udp", "sctp_init", "sctp_cookie_echo", "ip_protocol", "icmp_echo", "icmp_timestamp"),
    *("icmp_address_mask", "arp", "ftp_bounce", "idle"),
}


def test_names_are_unique() -> None:
    names = [scan.name for scan in CRAFTED]
    assert len(set(names)) == len(names)


def test_every_technique_is_crafted() -> None:
    assert {technique for scan in CRAFTED for technique in staged(scan, 1)[1].techniques} == TECHNIQUES


@each_scan
def test_same_seed_gives_the_same_frames_and_another_seed_others(scan: CraftedScan) -> None:
    first, again, other = (staged(scan, seed)[0].sorted_frames() for seed in (7, 7, 8))
    assert first == again
    assert first != other


@each_scan
def test_every_named_source_sent_something(scan: CraftedScan) -> None:
    for seed in range(3):
        scene, truth = staged(scan, seed)
        octets = [frame for _, frame in scene.sorted_frames()]
        for source in truth.sources:
            assert any(packed(source) in frame for frame in octets)


@each_scan
def test_no_scanner_is_at_home(scan: CraftedScan) -> None:
    for seed in range(3):
        scene, truth = staged(scan, seed)
        home = [ipaddress.ip_network(network) for network in scene.home]
        assert not [source for source in truth.sources if any(ipaddress.ip_address(source) in net for net in home)]
