"""The lines are iplog's: one when a kind of scan begins, one when the scan has expired."""

import pytest

from scanwarden.formats.iplog import Iplog
from tests.samples import CLOSED, OPENED, UPDATED, record

TEN = "[ports 1,2,3,4,5,6,7,8,9,10,...]"


@pytest.mark.parametrize(
    ("technique", "touched", "line"),
    [
        ("tcp_connect", {"tcp": "1-1000"}, f"TCP: port scan detected {TEN} from 10.77.1.50 [ports ...]"),
        ("tcp_syn", {"tcp": "1-10"}, f"TCP: SYN scan detected {TEN.replace(',...', '')} from 10.77.1.50 [ports ...]"),
        ("tcp_fin", {"tcp": "80"}, "TCP: FIN scan detected [port 80] from 10.77.1.50 [ports ...]"),
        ("tcp_null", {"tcp": "80"}, "TCP: null scan detected [port 80] from 10.77.1.50 [ports ...]"),
        ("tcp_xmas", {"tcp": "80"}, "TCP: Xmas scan detected [port 80] from 10.77.1.50 [ports ...]"),
        ("udp", {"udp": "53,161"}, "UDP: scan/flood detected [ports 53,161] from 10.77.1.50 [ports ...]"),
        ("icmp_echo", {"icmp": "8"}, "ICMP: ping sweep detected from 10.77.1.50 [ports ...]"),
        ("ip_protocol", {"ip_protocol": "47,50"}, "IP: protocol scan detected [protocols 47,50] from 10.77.1.50 "),
    ],
)
def test_a_scan_has_the_words_of_iplog(technique: str, touched: dict[str, str], line: str) -> None:
    opened = OPENED | {"techniques": [technique], "targets": [{"address": "10.77.1.10"} | touched]}
    (written,) = Iplog().lines(record(opened))
    assert written.startswith(line)


def test_each_kind_is_told_once_and_the_end_has_the_totals() -> None:
    layout = Iplog()
    both = {"techniques": ["tcp_syn", "tcp_null"]}
    stream = (OPENED, UPDATED, UPDATED | both, CLOSED | both)
    assert [line.split(" detected")[0] for one in stream for line in layout.lines(record(one))] == [
        "TCP: SYN scan",
        "TCP: null scan",
        "TCP: SYN scan mode expired for 10.77.1.50 - received a total of 1000 packets (unknown bytes).",
    ]


def test_a_scan_that_was_forgotten_still_expires() -> None:
    assert Iplog().lines(record(CLOSED))[0].startswith("TCP: SYN scan mode expired for 10.77.1.50 - ")
