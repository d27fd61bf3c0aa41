"""A ban is a line of PortSentry's history file."""

import pytest

from scanwarden.formats.portsentry_history import PortsentryHistory
from tests.samples import BAN, CLOSED, OPENED, record


def test_a_ban_is_written_with_the_port_that_was_scanned() -> None:
    layout = PortsentryHistory()
    assert layout.lines(record(OPENED)) == []
    assert layout.lines(record(BAN)) == [
        "1767323045 - 01/02/2026 03:04:05 Host: 10.77.1.50/10.77.1.50 Port: 23 TCP Blocked"
    ]


def test_a_ban_after_the_end_of_its_scan_still_has_the_port() -> None:
    layout = PortsentryHistory()
    layout.lines(record(CLOSED | {"techniques": ["udp"]}))
    assert layout.lines(record(BAN))[0].endswith("Port: 53 UDP Blocked")


@pytest.mark.parametrize("scan", [None, "sw-00000000000000aa"])
def test_a_ban_of_an_unknown_scan_has_port_zero(scan: str | None) -> None:
    assert PortsentryHistory().lines(record(BAN | {"id": scan}))[0].endswith("Port: 0 TCP Blocked")
