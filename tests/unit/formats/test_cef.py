"""Records are lines of the Common Event Format."""

import re
from typing import Any

import pytest

from scanwarden.formats.cef import Cef
from tests.samples import BAN, CLOSED, DECISION, NOTICE, OPENED, READY, UNBAN, record

TARGETS = [{"address": "10.77.1.10", "tcp": "21-23"}]


def parsed(one: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Read a line as the format's own description says."""
    (line,) = Cef().lines(record(one))
    match = re.fullmatch(r"((?:(?:[^|\\]|\\.)*\|){7})(.*)", line)
    assert match
    header, extension = re.findall(r"((?:[^|\\]|\\.)*)\|", match[1]), match[2]
    keys = re.findall(r"(?:^| )(\w+)=", extension)
    values = re.split(r"(?:^| )\w+=", extension)[1:]
    return header, {key: re.sub(r"\\([\\=])", r"\1", value) for key, value in zip(keys, values, strict=True)}


def test_a_scan_is_one_line() -> None:
    assert Cef().lines(record(OPENED | {"targets": TARGETS}))[0] == (
        "CEF:0|scanwarden|scanwarden|0.1.0|scan-opened|TCP SYN scan|4|rt=1767323045123 start=1767323045123 "
        "end=1767323045123 externalId=sw-3f2a9c51d07b44e1 cnt=1000 cat=T1046 src=10.77.1.50 dst=10.77.1.10 proto=TCP "
        "cs1Label=Ports cs1=tcp 21-23 cs2Label=Techniques cs2=tcp_syn cs3Label=Pattern cs3=vertical burst "
        "cs4Label=Source cs4=may be forged cs6Label=Sensor cs6=replay:x.pcap"
    )


@pytest.mark.parametrize(
    ("one", "event", "severity"),
    [
        (CLOSED | {"severity": 5}, "scan-closed", "10"),
        (DECISION, "decision-ban", "5"),
        (BAN, "ban", "5"),
        (UNBAN, "unban", "3"),
        (NOTICE, "notice-flood", "3"),
    ],
)
def test_each_record_has_its_event_and_severity(one: dict[str, Any], event: str, severity: str) -> None:
    header, _ = parsed(one)
    assert (header[4], header[6]) == (event, severity)


def test_an_ipv6_source_has_its_own_key() -> None:
    _, extension = parsed(BAN | {"source": "fd77::5/128"})
    assert (extension["c6a2"], extension["c6a2Label"]) == ("fd77::5", "Source IPv6 Address")
    assert "src" not in extension


@pytest.mark.parametrize("text", ["a|b", "a=b src=6.6.6.6", "a\\", "\\=", "tail\\|x="])
def test_separators_inside_a_value_stay_inside(text: str) -> None:
    header, extension = parsed(NOTICE | {"text": text, "kind": text.replace("=", "")})
    assert len(header) == 7
    assert extension["msg"] == text.replace("\\", "\\\\")  # our own escape of a backslash
    assert "src" not in extension


def test_the_beginning_of_a_watch_is_no_event() -> None:
    assert Cef().lines(record(READY)) == []
