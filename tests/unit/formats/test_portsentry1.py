"""The lines are PortSentry 1.x's, one for each technique and each ban."""

from typing import Any

import pytest

from scanwarden.formats.portsentry1 import Portsentry1
from tests.samples import BAN, CLOSED, GROUP, NOTICE, OPENED, UNBAN, UPDATED, record

HOST = "10.77.1.50/10.77.1.50"


def lines(*objects: dict[str, Any]) -> list[str]:
    layout = Portsentry1()
    return [line for one in objects for line in layout.lines(record(one))]


@pytest.mark.parametrize(
    ("technique", "line"),
    [
        ("tcp_syn", f"attackalert: TCP SYN/Normal scan from host: {HOST} to TCP port: 23"),
        ("tcp_connect", f"attackalert: Connect from host: {HOST} to TCP port: 23"),
        ("tcp_fin", f"attackalert: TCP FIN scan from host: {HOST} to TCP port: 23"),
        ("tcp_null", f"attackalert:  TCP NULL scan from host: {HOST} to TCP port: 23"),
        ("tcp_xmas", f"attackalert: TCP XMAS scan from host: {HOST} to TCP port: 23"),
        (
            "tcp_synfin",
            (
                "attackalert: Unknown Type: TCP Packet Flags: SYN: 1 FIN: 1 ACK: 0 PSH: 0 URG: 0 RST: 0 "
                f"from host: {HOST} to TCP port: 23"
            ),
        ),
        ("udp", f"attackalert: UDP scan from host: {HOST} to UDP port: 53"),
        ("arp", f"attackalert: ARP scan from host: {HOST} to this host"),
    ],
)
def test_a_technique_has_the_words_of_portsentry(technique: str, line: str) -> None:
    assert lines(OPENED | {"techniques": [technique]}) == [line]


def test_the_port_is_the_one_weighed_last() -> None:
    parts = [dict(OPENED["evidence"]["parts"][0], contact=f"tcp/{port} at 10.77.1.10") for port in (23, 4444)]
    (line,) = lines(OPENED | {"evidence": OPENED["evidence"] | {"parts": parts}})
    assert line.endswith("to TCP port: 4444")


def test_a_technique_is_told_once_and_a_new_one_when_it_appears() -> None:
    later = UPDATED | {"techniques": ["tcp_syn", "udp"]}
    assert [line.split(" from ")[0] for line in lines(OPENED, UPDATED, later, later, CLOSED)] == [
        "attackalert: TCP SYN/Normal scan",
        "attackalert: UDP scan",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"responder": "hosts_deny"}, "attackalert: Host 10.77.1.50 has been blocked via wrappers"),
        ({"responder": "route"}, "attackalert: Host 10.77.1.50 has been blocked via dropped route"),
        ({}, "attackalert: Host 10.77.1.50 has been blocked via nftables"),
        ({"source": "fd77::/64"}, "attackalert: Host fd77::/64 has been blocked via nftables"),
    ],
)
def test_a_ban_says_who_is_blocked_and_how(changes: dict[str, str], line: str) -> None:
    assert lines(BAN | changes) == [line]


def test_the_end_of_a_ban_and_notices_are_for_the_administrator() -> None:
    assert lines(UNBAN, NOTICE) == [
        "adminalert: Host 10.77.1.50 is no longer blocked",
        "adminalert: Notice: flood syns: 10000",
    ]


def test_of_a_group_only_proved_members_are_accused() -> None:
    assert lines(GROUP) == [
        "adminalert: Group of 2 hosts (decoys) scans",
        "attackalert: TCP SYN/Normal scan from host: fd77::5/fd77::5 to TCP port: 23",
    ]


def test_a_scan_that_folded_into_a_group_is_not_accused() -> None:
    assert lines(OPENED | {"part_of": "sw-00000000000000aa"}) == []
