"""The line is psad's: style, addresses, ports, flags, packets, danger level, hosts."""

from typing import Any

import pytest

from scanwarden.formats.psad import Psad
from tests.samples import CLOSED, OPENED, UPDATED, record

ONE = [{"address": "10.77.1.10", "tcp": "1-1000"}]
BOTH = [{"address": "10.77.1.10", "tcp": "1-3", "udp": "53"}, {"address": "10.77.1.11", "tcp": "1"}]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"targets": ONE},
            (
                "scan detected (Nmap -sS scan): 10.77.1.50 -> 10.77.1.10 tcp: [1-1000] flags: SYN tcp pkts: 1000 DL: 2 "
                "total scan dsts: 1"
            ),
        ),
        (
            {"targets": BOTH, "techniques": ["tcp_fin", "udp"], "tool": None, "severity": 4},
            (
                "scan detected (-sF scan): 10.77.1.50 -> 10.77.1.10 tcp: [1-3] udp: [53] flags: FIN tcp pkts: 4 "
                "udp pkts: 1 DL: 4 total scan dsts: 2"
            ),
        ),
        (
            {"targets": [{"address": "10.77.1.10"}], "techniques": ["arp"], "tool": None, "pattern": "horizontal"},
            (
                "scan detected (Port sweep -PR scan): 10.77.1.50 -> 10.77.1.10 other proto pkts: 1000 DL: 2 "
                "total scan dsts: 1"
            ),
        ),
        (
            {
                "targets": [{"address": "10.77.1.10", "icmp": "8"}],
                "techniques": ["icmp_echo"],
                "tool": {"name": "masscan", "confidence": 1},
            },
            "scan detected (Masscan -PE scan): 10.77.1.50 -> 10.77.1.10 icmp pkts: 1000 DL: 2 total scan dsts: 1",
        ),
    ],
)
def test_a_scan_has_the_words_of_psad(changes: dict[str, Any], line: str) -> None:
    assert Psad().lines(record(OPENED | changes)) == [line]


def test_every_statement_about_a_scan_is_a_line() -> None:
    assert [len(Psad().lines(record(one))) for one in (OPENED, UPDATED, CLOSED)] == [1, 1, 1]


def test_many_ranges_are_cut() -> None:
    odd = ",".join(map(str, range(1, 1001, 2)))
    (line,) = Psad().lines(record(OPENED | {"targets": [{"address": "10.77.1.10", "tcp": odd}]}))
    assert ",127,...]" in line
