"""The box of messages that wait: each scan once, whatever happens in between."""

from pathlib import Path

import pytest

from scanwarden.daemon.courier import outbox
from scanwarden.daemon.courier.outbox import Outbox
from scanwarden.daemon.courier.planning import SinkState
from scanwarden.errors import StoreError
from scanwarden.model.records import Banned, Decided
from tests.samples import BAN, DECISION, record
from tests.unit.store.records import scan_id, statement

ONE = scan_id(1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def test_a_scan_waits_until_it_is_told_and_is_never_told_again(file: Path) -> None:
    box = Outbox(file)
    box.add("email", statement(1), minimum_severity=2, now_ns=5)
    assert [one.scan for one in box.waiting("email")] == [ONE]
    box.told("email", [ONE], SinkState(last_sent_ns=7))
    box.add("email", statement(1, "closed", at_s=9), minimum_severity=2, now_ns=9)
    assert box.waiting("email") == []
    assert box.state("email") == SinkState(last_sent_ns=7)


def test_what_waits_survives_a_restart(file: Path) -> None:
    box = Outbox(file)
    box.add("email", statement(1), minimum_severity=2, now_ns=5)
    box.advance(99)
    box.close()
    again = Outbox(file)
    assert [one.scan for one in again.waiting("email")] == [ONE]
    assert again.seen_ns() == 99
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_not_grave_enough_waits_only_once_it_is(file: Path) -> None:
    box = Outbox(file)
    box.add("email", statement(1, severity=2), minimum_severity=3, now_ns=5)
    assert box.waiting("email") == []
    box.add("email", statement(1, "updated", at_s=2, severity=3), minimum_severity=3, now_ns=6)
    assert [one.severity for one in box.waiting("email")] == [3]


def test_a_letter_holds_the_latest_of_everything(file: Path) -> None:
    box = Outbox(file)
    box.add("email", statement(1), minimum_severity=1, now_ns=5)
    decision, ban = record(DECISION, id=ONE), record(BAN, id=ONE)
    assert isinstance(decision, Decided)
    assert isinstance(ban, Banned)
    box.amend(decision)
    box.amend(ban)
    box.add("email", statement(1, "updated", at_s=3, probes=77, severity=1), minimum_severity=1, now_ns=6)
    (letter,) = box.letters("email", [ONE])
    assert (letter.detection.probes, letter.decision, letter.ban) == (77, decision, ban)


def test_a_scan_that_folds_into_a_group_is_not_told_by_itself(file: Path) -> None:
    box = Outbox(file)
    box.add("email", statement(1), minimum_severity=1, now_ns=5)
    box.add("email", statement(1, "updated", at_s=1, part_of=scan_id(2)), minimum_severity=1, now_ns=6)
    assert box.waiting("email") == []


def test_a_full_box_drops_the_least_grave_and_counts_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MAX_WAITING", 3)
    box = Outbox(file)
    for number, severity in enumerate([3, 2, 4, 5, 3], 1):
        box.add("email", statement(number, severity=severity), minimum_severity=1, now_ns=number)
    assert sorted(one.severity for one in box.waiting("email")) == [3, 4, 5]
    assert box.dropped == 2


def test_each_sink_has_its_own_box(file: Path) -> None:
    box = Outbox(file)
    for sink in ("email", "webhook"):
        box.add(sink, statement(1), minimum_severity=1, now_ns=5)
    box.told("email", [ONE], SinkState())
    assert [one.scan for one in box.waiting("webhook")] == [ONE]


def test_the_time_taken_over_never_goes_back(file: Path) -> None:
    box = Outbox(file)
    assert box.seen_ns() is None
    for seen_ns in (5, 3, 8, 1):
        box.advance(seen_ns)
    assert box.seen_ns() == 8


def test_a_damaged_file_is_reported(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="cannot be used"):
        Outbox(file)
