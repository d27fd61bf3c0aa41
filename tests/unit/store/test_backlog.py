"""The backlog keeps the newest records and never makes the reporter wait."""

import threading

import pytest

from scanwarden.store.backlog import Backlog
from tests.unit.store.records import notice

RECORDS = [notice(text=str(number)) for number in range(10)]


def test_records_come_out_in_the_order_they_went_in() -> None:
    backlog = Backlog(10)
    for record in RECORDS:
        backlog.put(record)
    assert backlog.take(4, 0) == RECORDS[:4]
    backlog.written()
    assert backlog.take(100, 0) == RECORDS[4:]


def test_a_full_backlog_drops_the_oldest_and_counts_it() -> None:
    backlog = Backlog(3)
    for record in RECORDS:
        backlog.put(record)
    assert (len(backlog), backlog.dropped) == (3, 7)
    assert backlog.take(10, 0) == RECORDS[7:]


@pytest.mark.parametrize("later", [0, 2, 5])
def test_what_is_put_back_keeps_its_place_within_the_limit(later: int) -> None:
    backlog = Backlog(5)
    for record in RECORDS[:5]:
        backlog.put(record)
    batch = backlog.take(3, 0)
    for record in RECORDS[5 : 5 + later]:
        backlog.put(record)
    backlog.put_back(batch)
    assert len(backlog) <= 5
    taken = backlog.take(10, 0)
    assert taken == [record for record in RECORDS if record in taken]
    assert len(taken) + backlog.dropped == 5 + later


def test_waiting_ends_when_all_is_written_and_not_before() -> None:
    backlog = Backlog(5)
    assert backlog.wait_until_empty(0)
    backlog.put(RECORDS[0])
    backlog.take(5, 0)
    assert not backlog.wait_until_empty(0)
    threading.Timer(0.01, backlog.written).start()
    assert backlog.wait_until_empty(10)


def test_after_closing_records_are_counted_as_lost() -> None:
    backlog = Backlog(5)
    backlog.close()
    backlog.put(RECORDS[0])
    assert (len(backlog), backlog.dropped) == (0, 1)
    assert backlog.take(1, 60) == []
