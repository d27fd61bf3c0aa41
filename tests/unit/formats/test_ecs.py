"""Records are documents of the Elastic Common Schema."""

import json
from typing import Any

import pytest

from scanwarden.formats.ecs import Ecs
from tests.samples import BAN, CLOSED, DECISION, GROUP, NOTICE, OPENED, READY, UNBAN, record


def document(one: dict[str, Any]) -> Any:  # noqa: ANN401 any JSON value
    (line,) = Ecs().lines(record(one))
    return json.loads(line)


def test_a_scan_is_an_alert_of_the_network() -> None:
    written = document(OPENED | {"last_seen": "2026-01-02T03:04:07.123456789Z"})
    assert written["@timestamp"] == "2026-01-02T03:04:05.123456789Z"
    assert written["ecs"] == {"version": "8.11.0"}
    assert written["event"] | {"severity": 2, "duration": 2_000_000_000} == written["event"]
    assert (written["event"]["kind"], written["event"]["category"]) == ("alert", ["network", "intrusion_detection"])
    assert written["threat"] == {"framework": "MITRE ATT&CK", "technique": {"id": ["T1046"]}}
    assert written["source"]["ip"] == "10.77.1.50"
    assert written["destination"]["ip"] == "10.77.1.10"
    assert written["network"] == {"transport": "tcp"}
    assert written["related"]["ip"] == ["10.77.1.50", "10.77.1.10"]


@pytest.mark.parametrize(
    ("one", "action", "types"),
    [
        (OPENED, "scan-opened", ["info"]),
        (CLOSED, "scan-closed", ["info"]),
        (DECISION, "decided-ban", ["info"]),
        (BAN, "banned", ["denied"]),
        (UNBAN, "unbanned", ["allowed"]),
        (NOTICE, "flood", ["info"]),
    ],
)
def test_each_record_has_its_action(one: dict[str, Any], action: str, types: list[str]) -> None:
    assert (document(one)["event"]["action"], document(one)["event"]["type"]) == (action, types)


def test_the_members_of_a_group_are_related() -> None:
    written = document(GROUP)
    assert "source" not in written
    assert written["related"]["ip"] == ["fd77::5", "fd77::6", "10.77.1.10"]


def test_many_addresses_are_cut() -> None:
    members = [{"address": f"10.1.{n // 250}.{n % 250}", "verified": False} for n in range(1000)]
    written = document(GROUP | {"source": GROUP["source"] | {"members": members}})
    assert len(written["related"]["ip"]) == 256


def test_the_beginning_of_a_watch_is_no_document() -> None:
    assert Ecs().lines(record(READY)) == []
