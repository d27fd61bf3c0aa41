"""A scan is an alert as Suricata writes it."""

import json
from typing import Any

import pytest

from scanwarden.formats.eve import Eve
from tests.samples import CLOSED, GROUP, NOTICE, OPENED, UPDATED, record


def event(one: dict[str, Any]) -> Any:  # noqa: ANN401 any JSON value
    (line,) = Eve().lines(record(one))
    return json.loads(line)


def test_a_scan_is_an_alert() -> None:
    written = event(OPENED)
    assert written.pop("scanwarden") == OPENED
    assert written == {
        "timestamp": "2026-01-02T03:04:05.123456+0000",
        "event_type": "alert",
        "src_ip": "10.77.1.50",
        "dest_ip": "10.77.1.10",
        "proto": "TCP",
        "alert": {
            "action": "allowed",
            "gid": 7226,
            "signature_id": 1,
            "rev": 1,
            "signature": "scanwarden TCP SYN scan",
            "category": "Detection of a Network Scan",
            "severity": 3,
            "metadata": {"mitre_technique_id": ["T1046"]},
        },
    }


@pytest.mark.parametrize(
    ("touched", "port"), [({"tcp": "23"}, 23), ({"udp": "53"}, 53), ({"tcp": "1-2"}, None), ({"icmp": "8"}, None)]
)
def test_only_the_one_port_touched_is_named(touched: dict[str, str], port: int | None) -> None:
    assert event(OPENED | {"targets": [{"address": "10.77.1.10"} | touched]}).get("dest_port") == port


@pytest.mark.parametrize(("ours", "theirs"), [(1, 3), (2, 3), (3, 2), (4, 1), (5, 1)])
def test_severity_counts_the_other_way_round(ours: int, theirs: int) -> None:
    assert event(OPENED | {"severity": ours})["alert"]["severity"] == theirs


def test_a_group_has_no_source_of_its_own() -> None:
    assert "src_ip" not in event(GROUP)


def test_updates_and_ends_are_alerts_and_notices_are_not() -> None:
    assert [event(one)["scanwarden"]["event"] for one in (UPDATED, CLOSED)] == ["updated", "closed"]
    assert Eve().lines(record(NOTICE)) == []
