"""A scan is a Detection Finding of the Open Cybersecurity Schema Framework."""

import json
from typing import Any

import pytest

from scanwarden.formats.ocsf import Ocsf
from tests.samples import BAN, CLOSED, GROUP, OPENED, UPDATED, record


def finding(one: dict[str, Any]) -> Any:  # noqa: ANN401 any JSON value
    (line,) = Ocsf().lines(record(one))
    return json.loads(line)


@pytest.mark.parametrize(
    ("one", "activity", "kind", "status"), [(OPENED, 1, 200401, 1), (UPDATED, 2, 200402, 2), (CLOSED, 3, 200403, 4)]
)
def test_the_life_of_a_scan_is_that_of_a_finding(one: dict[str, Any], activity: int, kind: int, status: int) -> None:
    written = finding(one)
    assert (written["class_uid"], written["category_uid"]) == (2004, 2)
    assert (written["activity_id"], written["type_uid"], written["status_id"]) == (activity, kind, status)
    assert written["finding_info"]["uid"] == OPENED["id"]


def test_what_the_class_requires_is_there() -> None:
    written = finding(OPENED)
    required = {
        "activity_id",
        "category_uid",
        "class_uid",
        "finding_info",
        "metadata",
        "severity_id",
        "time",
        "type_uid",
    }
    assert required <= written.keys()
    assert written["time"] == 1767323045123
    assert written["metadata"]["product"]["name"] == "scanwarden"
    assert (written["severity_id"], written["severity"]) == (2, "Low")
    assert written["finding_info"]["attacks"][0]["technique"] == {"uid": "T1046", "name": "Network Service Discovery"}


def test_each_target_is_evidence() -> None:
    targets = [{"address": f"10.77.1.{n}", "tcp": "22"} for n in range(1, 101)]
    written = finding(OPENED | {"targets": targets})["evidences"]
    assert written[0] == {"src_endpoint": {"ip": "10.77.1.50"}, "dst_endpoint": {"ip": "10.77.1.1"}}
    assert len(written) == 64


def test_the_members_of_a_group_are_evidence_together() -> None:
    sources = [one["src_endpoint"]["ip"] for one in finding(GROUP)["evidences"]]
    assert sources == ["fd77::5", "fd77::6"]


def test_a_ban_is_no_finding() -> None:
    assert Ocsf().lines(record(BAN)) == []
