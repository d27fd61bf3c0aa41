"""A scan that has ended is a line for each port in DShield's format."""

from scanwarden.formats.dshield import MAX_LINES, Dshield
from tests.samples import CLOSED, OPENED, record


def test_a_scan_has_a_line_for_each_port_when_it_has_ended() -> None:
    targets = [{"address": "10.77.1.10", "tcp": "21-22", "udp": "53"}]
    assert Dshield().lines(record(CLOSED | {"targets": targets})) == [
        "2026-01-02 03:04:05 +00:00\t0\t1\t10.77.1.50\t???\t10.77.1.10\t21\tTCP\tS",
        "2026-01-02 03:04:05 +00:00\t0\t1\t10.77.1.50\t???\t10.77.1.10\t22\tTCP\tS",
        "2026-01-02 03:04:05 +00:00\t0\t1\t10.77.1.50\t???\t10.77.1.10\t53\tUDP\t",
    ]


def test_a_scan_that_goes_on_is_not_told() -> None:
    assert Dshield().lines(record(OPENED)) == []


def test_a_scan_of_all_ports_is_cut() -> None:
    targets = [{"address": "10.77.1.10", "tcp": "0-65535"}]
    assert len(Dshield().lines(record(CLOSED | {"targets": targets}))) == MAX_LINES
