"""The lines are PortSentry 2.x's, field for field."""

import pytest

from scanwarden.formats.portsentry2 import Portsentry2
from tests.samples import BAN, CLOSED, OPENED, UPDATED, record

SYN = (
    "Scan from: [10.77.1.50] (10.77.1.50) protocol: [TCP] port: [23] type: [TCP SYN/Normal scan] IP opts: [unknown] "
    "ignored: [false] triggered: [true] noblock: [false] blocked: [unset]"
)


def test_a_scan_and_its_ban_have_the_same_fields() -> None:
    layout = Portsentry2()
    lines = [line for one in (OPENED, UPDATED, BAN, CLOSED) for line in layout.lines(record(one))]
    assert lines == [SYN, SYN.replace("blocked: [unset]", "blocked: [true]")]


@pytest.mark.parametrize(
    ("technique", "fields"),
    [
        ("tcp_connect", "protocol: [TCP] port: [23] type: [Connect]"),
        ("tcp_null", "protocol: [TCP] port: [23] type: [TCP NULL scan]"),
        ("tcp_fin", "protocol: [TCP] port: [23] type: [TCP FIN scan]"),
        ("tcp_xmas", "protocol: [TCP] port: [23] type: [TCP XMAS scan]"),
        ("udp", "protocol: [UDP] port: [53] type: [UDP]"),
        ("tcp_ack", "protocol: [TCP] port: [23] type: [Unknown Type: tcp_ack]"),
        ("arp", "protocol: [ARP] port: [0] type: [Unknown Type: arp]"),
    ],
)
def test_a_technique_has_its_fields(technique: str, fields: str) -> None:
    assert fields in Portsentry2().lines(record(OPENED | {"techniques": [technique]}))[0]


def test_a_ban_by_hand_has_no_port() -> None:
    (line,) = Portsentry2().lines(record(BAN | {"id": None}))
    assert "protocol: [unknown] port: [0] type: [Unknown Type]" in line
