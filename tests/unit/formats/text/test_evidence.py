"""The explanation adds the contacts up and shows which one crossed the threshold."""

import pytest

from scanwarden.formats.text.evidence import GROUP_RULES, explanation
from scanwarden.formats.text.layout import WIDTH, unpainted
from scanwarden.model.detection import Closed
from tests.samples import CLOSED, GROUP, TIME, record


def explained(
    nats: list[float], *, gap_s: int = 1, left_out: int = 0, contact: str = "tcp/23 at 10.77.1.10"
) -> list[str]:
    parts = [
        {
            "rule": "closed_port",
            "contact": contact,
            "outcome": "closed",
            "nats": weight,
            "time": f"2026-01-{2 + index * gap_s // 86400:02}T03:04:{5 + index * gap_s % 86400:02}.123456789Z",
        }
        for index, weight in enumerate(nats)
    ]
    evidence = {"nats": sum(nats), "threshold": 13.8155, "parts": parts, "parts_left_out": left_out}
    closed = record(CLOSED, evidence=evidence)
    assert isinstance(closed, Closed)
    return explanation(closed, paint=unpainted)


def test_the_contact_that_crosses_the_threshold_is_marked() -> None:
    rows = [line for line in explained([3.5] * 6) if " at 10.77.1.10" in line]
    assert [row.split()[-1] for row in rows] == ["3.5", "7.0", "10.5", "scan", "17.5", "21.0"]
    assert rows[3].split()[-3:] == ["+3.5", "14.0", "scan"]


def test_evidence_halves_in_a_day_between_contacts() -> None:
    rows = [line for line in explained([8.0, 2.0], gap_s=86400) if " at 10.77.1.10" in line]
    assert [float(row.split()[-1]) for row in rows] == [8.0, 6.0]


def test_the_threshold_is_given_as_odds() -> None:
    assert "13.8 nats, odds of 1,000,000 to 1" in " ".join(" ".join(explained([14.0])).split())


def test_contacts_that_are_not_listed_are_counted() -> None:
    assert "  15 more contacts not listed." in explained([3.5] * 30, left_out=5)


def test_each_rule_says_what_a_harmless_client_does() -> None:
    assert "A harmless client was told which port to use" in " ".join(" ".join(explained([3.5])).split())


def test_without_contacts_it_says_that_they_were_not_kept() -> None:
    assert "  The single contacts were not kept." in explained([])


def test_lines_fit_80_columns_and_stay_printable() -> None:
    lines = explained([3.5] * 40, contact="tcp/23 at \x1b[31m2001:db8:1111:2222:3333:4444:5555:6666")
    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("kind", list(GROUP_RULES))
def test_a_group_is_explained_by_its_rule_and_the_contacts_of_its_members(kind: str) -> None:
    part = {"rule": "closed_port", "contact": "tcp/23 at 10.77.1.10", "outcome": "closed", "nats": 3.5, "time": TIME}
    parts = [part | {"source": address} for address in ("192.0.2.1", "2001:db8:1111:2222:3333:4444:5555:6666")]
    evidence = {"nats": 28.0, "threshold": 13.8155, "parts": parts, "parts_left_out": 3}
    closed = record(GROUP, event="closed", group=kind, evidence=evidence)
    assert isinstance(closed, Closed)
    lines = explanation(closed, paint=unpainted)
    assert max(map(len, lines)) <= WIDTH
    assert "Here it is 2 members with 28.0 nats together." in " ".join(" ".join(lines).split())
    assert "    0.000 s  192.0.2.1            tcp/23 at 10.77.1.10       closed     +3.5" in lines
    assert "  3 more contacts not listed." in lines
    assert not any("+3.5" in line and line.endswith(" scan") for line in lines)


def test_tricks_are_told_and_said_to_weigh_nothing() -> None:
    closed = record(CLOSED, tricks=["bad_checksum", "source_port"])
    assert isinstance(closed, Closed)
    text = " ".join(" ".join(explanation(closed, paint=unpainted)).split())
    assert "wrong checksums, which only a box before the host would answer and the port of a service" in text
    assert "That adds no evidence." in text
