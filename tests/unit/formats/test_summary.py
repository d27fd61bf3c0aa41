"""Whom a line may name, and which port."""

from typing import Any

import pytest

from scanwarden.formats.summary import (
    MAX_REMEMBERED,
    TECHNIQUE_TITLES,
    Remembered,
    accused,
    kind_of,
    latest_number,
    main_technique,
    title,
)
from scanwarden.model.detection import Detection, Technique
from tests.samples import GROUP, OPENED, record


def detection(one: dict[str, Any], **changes: Any) -> Detection:  # noqa: ANN401 any JSON value
    made = record(one, **changes)
    assert isinstance(made, Detection)
    return made


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, ["10.77.1.50"]),
        ({"part_of": "sw-00000000000000aa"}, []),
        ({"part_of": "sw-00000000000000aa", "source": OPENED["source"] | {"verified": True}}, ["10.77.1.50"]),
        ({"source": GROUP["source"]}, ["fd77::5"]),
    ],
)
def test_only_those_who_may_be_accused_are_named(changes: dict[str, Any], named: list[str]) -> None:
    assert list(map(str, accused(detection(OPENED, **changes)))) == named


@pytest.mark.parametrize(
    ("contact", "port"), [("tcp/99 at 10.0.0.1", 99), ("udp/99 at 10.0.0.1", 1), ("tcp/x", 1), ("", 1), ("tcp/²", 1)]
)
def test_the_latest_port_is_read_from_the_evidence(contact: str, port: int) -> None:
    parts = [dict(OPENED["evidence"]["parts"][0], contact=contact)]
    assert latest_number(detection(OPENED, evidence=OPENED["evidence"] | {"parts": parts}), "tcp") == port


@pytest.mark.parametrize(
    ("technique", "kind"),
    [("tcp_syn", "tcp"), ("udp", "udp"), ("sctp_init", "sctp"), ("ip_protocol", "ip_protocol"), ("idle", "tcp")],
)
def test_a_technique_probes_one_kind_of_number(technique: Technique, kind: str) -> None:
    assert kind_of(technique) == kind


def test_every_technique_has_a_title_and_a_scan_without_one_too() -> None:
    assert {title(detection(OPENED, techniques=[one])) for one in TECHNIQUE_TITLES} == set(TECHNIQUE_TITLES.values())
    assert main_technique(detection(OPENED, techniques=[])) == "tcp_flags"


def test_what_is_remembered_is_bounded() -> None:
    remembered: Remembered[int] = Remembered()
    for number in range(MAX_REMEMBERED + 1):
        remembered.keep(f"scan-{number}", number)
    assert remembered.get("scan-0") is None
    assert remembered.pop("scan-1") == 1
