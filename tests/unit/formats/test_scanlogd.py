"""The line is scanlogd's: who, to whom, ports, flags, time; at most 120 characters."""

from typing import Any

import pytest

from scanwarden.formats.scanlogd import MAX_LINE_CHARS, Scanlogd
from tests.samples import CLOSED, OPENED, UPDATED, record

ONE = [{"address": "10.77.1.10", "tcp": "21-23"}]
TWO = [*ONE, {"address": "10.77.1.11", "tcp": "25"}]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"targets": ONE}, "10.77.1.50 to 10.77.1.10 ports 21, 22, 23, ..., fSrpauxy @03:04:05"),
        ({"targets": TWO}, "10.77.1.50 to 10.77.1.10 and others, ports 21, 22, 23, 25, ..., fSrpauxy @03:04:05"),
        (
            {"targets": ONE, "techniques": ["tcp_xmas"]},
            "10.77.1.50 to 10.77.1.10 ports 21, 22, 23, ..., FsrPaUxy @03:04:05",
        ),
        (
            {"targets": ONE, "techniques": ["tcp_syn", "tcp_fin"]},
            "10.77.1.50 to 10.77.1.10 ports 21, 22, 23, ..., ??rpauxy @03:04:05",
        ),
        (
            {"targets": ONE, "techniques": ["tcp_flags"]},
            "10.77.1.50 to 10.77.1.10 ports 21, 22, 23, ..., ???????? @03:04:05",
        ),
        (
            {"targets": [{"address": "10.77.1.10", "udp": "53"}], "techniques": ["udp"]},
            "10.77.1.50 to 10.77.1.10 ports 53, ..., udp @03:04:05",
        ),
    ],
)
def test_a_scan_is_one_line(changes: dict[str, Any], line: str) -> None:
    assert Scanlogd().lines(record(OPENED | changes)) == [line]


@pytest.mark.parametrize("source", ["10.77.1.50", "2001:db8:1111:2222:3333:4444:5555:6666"])
def test_the_list_of_ports_is_cut_to_fit(source: str) -> None:
    targets = [{"address": "2001:db8:1111:2222:3333:4444:5555:7777", "tcp": "10000-65535"}]
    opened = OPENED | {"targets": targets, "source": OPENED["source"] | {"address": source}}
    (line,) = Scanlogd().lines(record(opened))
    assert len(line) <= MAX_LINE_CHARS + len("10000")
    assert "ports 10000" in line


def test_only_a_scan_that_was_just_found_is_told() -> None:
    assert [Scanlogd().lines(record(one)) for one in (UPDATED, CLOSED)] == [[], []]
