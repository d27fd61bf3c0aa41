from collections.abc import Sequence
from pathlib import Path

import pytest

from scanwarden.audit.desk import MAX_NOTICES, AuditDesk
from scanwarden.audit.kept import keep, last
from scanwarden.audit.openings import Opening, Survey
from scanwarden.config.allow import ExpectedPort
from scanwarden.errors import StoreError
from scanwarden.model.address import Address
from scanwarden.model.detection import Source, Target
from scanwarden.model.notice import Notice
from scanwarden.model.ports import Ports
from scanwarden.model.time import NS_PER_S, Timestamp
from tests.unit.audit.openings import opening

NOW = Timestamp(1_700_000_000 * NS_PER_S)


def survey(*openings: Opening) -> Survey:
    return Survey(time_ns=int(NOW), interfaces=("eth0",), openings=openings)


class Told:
    def __init__(self, *entries: str) -> None:
        self.notices: list[Notice] = []
        self.expect(*entries)
        self.desk = AuditDesk(self.notices.append, lambda: self.expected)

    def expect(self, *entries: str) -> None:
        self.expected: Sequence[ExpectedPort] = tuple(ExpectedPort.parse(entry) for entry in entries)

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.notices]


def test_a_difference_is_told_once_and_again_only_after_it_had_gone() -> None:
    told = Told("443/tcp")
    for _ in range(3):
        told.desk.take(survey(opening(443), opening(5432)), now=NOW)
    assert told.kinds() == ["audit_drift"]
    assert "scanwarden audit advice 5432/tcp" in told.notices[0].text
    told.desk.take(survey(opening(443)), now=NOW)
    told.desk.take(survey(opening(443), opening(5432)), now=NOW)
    assert told.kinds() == ["audit_drift"] * 2


def test_what_is_accepted_is_quiet_at_once() -> None:
    told = Told("443/tcp")
    told.desk.take(survey(opening(443), opening(5432)), now=NOW)
    assert told.desk.sentences()
    told.expect("443/tcp", "5432/tcp")
    assert told.desk.reconsider(now=NOW)
    assert not told.desk.reconsider(now=NOW)
    assert not told.desk.sentences()


def test_without_an_expectation_one_is_proposed_once() -> None:
    told = Told()
    for _ in range(2):
        told.desk.take(survey(opening(443), opening(5432)), now=NOW)
    assert told.kinds() == ["audit_baseline"]


def test_a_port_that_a_udp_client_holds_for_a_moment_is_no_difference() -> None:
    told = Told("443/tcp")
    found = survey(opening(443), opening(40_000, protocol="udp"))
    told.desk.take(found, now=NOW)
    told.desk.take(found, now=Timestamp(int(NOW) + 30 * NS_PER_S))
    assert told.kinds() == []
    told.desk.take(found, now=Timestamp(int(NOW) + 61 * NS_PER_S))
    assert told.kinds() == ["audit_drift"]


def test_many_differences_are_a_bounded_number_of_notices() -> None:
    told = Told("443/tcp")
    told.desk.take(survey(opening(443), *(opening(port) for port in range(1000, 1200))), now=NOW)
    assert len(told.notices) == MAX_NOTICES + 1
    assert "180 more" in told.notices[-1].text


def test_metrics_have_the_same_names_before_and_after_a_survey() -> None:
    told = Told("443/tcp")
    before = told.desk.metrics(now=NOW)
    told.desk.take(survey(opening(443), opening(5432)), now=NOW)
    after = told.desk.metrics(now=NOW)
    assert before.keys() == after.keys()
    assert (after["audit_openings"], after["audit_drift"]) == (2, 1)


def test_a_kept_survey_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    assert last(path) is None
    keep(survey(opening(443)), path)
    assert last(path) == survey(opening(443))
    path.write_text("{")
    with pytest.raises(StoreError):
        last(path)


@pytest.mark.parametrize(
    ("entries", "is_meant"),
    [
        (["5432/tcp"], True),
        (["5432/udp"], False),
        (["443/tcp"], False),
        (["5432/tcp from 203.0.113.0/24"], True),
        (["5432/tcp from 192.0.2.0/24"], False),
        ([], False),
    ],
)
def test_the_use_of_a_port_that_is_meant_to_be_used_is_no_news(entries: list[str], is_meant: bool) -> None:
    source = Source(address=Address.parse("203.0.113.9"), prefix=None)
    target = Target(address=Address.parse("198.51.100.1"), tcp=Ports.parse("5432"))
    notice = Notice(time=NOW, kind="learnt_then_used", source=source, targets=(target,), text="", sensor="x")
    assert Told(*entries).desk.is_meant(notice) is is_meant
