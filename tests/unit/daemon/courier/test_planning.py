"""When a message is due."""

import datetime as dt

import pytest

from scanwarden.config.quantity import Duration
from scanwarden.config.sections.messages import Messages
from scanwarden.daemon.courier.planning import SinkState, Waiting, due, in_quiet_hours, pause_s
from scanwarden.model.time import NS_PER_S

NOON = dt.time(12, 0)
NIGHT = dt.time(23, 30)
NOW_S = 1_000_000


def waiting(scan: str, *, age_s: float = 10, severity: int = 3) -> Waiting:
    return Waiting(scan=scan, severity=severity, added_ns=round((NOW_S - age_s) * NS_PER_S))


def told(*scans: Waiting, local: dt.time = NOON, state: SinkState | None = None, **options: object) -> list[str]:
    settings = Messages(**options)  # type: ignore[arg-type]
    found = due(scans, settings, state or SinkState(), now_ns=NOW_S * NS_PER_S, local=local)
    return [one.scan for one in found]


def sent(ago_s: float) -> SinkState:
    return SinkState(last_sent_ns=round((NOW_S - ago_s) * NS_PER_S))


def test_the_first_scan_is_told_once_its_decision_had_time_to_come() -> None:
    assert told(waiting("a", age_s=1)) == []
    assert told(waiting("a", age_s=4)) == ["a"]


def test_what_follows_is_collected_for_the_time_of_a_digest() -> None:
    both = waiting("b", age_s=20), waiting("a", age_s=30)
    assert told(*both, state=sent(9 * 60)) == []
    assert told(*both, state=sent(10 * 60)) == ["a", "b"]


def test_without_a_digest_each_scan_has_its_message() -> None:
    assert told(waiting("b"), waiting("a", age_s=30), digest=Duration.parse("0 s"), state=sent(1)) == ["a"]


def test_quiet_hours_let_only_the_gravest_through() -> None:
    both = waiting("grave", severity=5), waiting("other", severity=4)
    assert told(*both, local=NIGHT, quiet_hours=("22:00-06:00",)) == ["grave"]
    assert told(*both, local=NOON, quiet_hours=("22:00-06:00",)) == ["grave", "other"]


@pytest.mark.parametrize(
    ("span", "time", "is_quiet"),
    [
        ("22:00-06:00", dt.time(22, 0), True),
        ("22:00-06:00", dt.time(5, 59), True),
        ("22:00-06:00", dt.time(6, 0), False),
        ("12:00-13:00", dt.time(12, 59), True),
        ("12:00-13:00", dt.time(13, 0), False),
        ("12:00-12:00", dt.time(12, 0), False),
    ],
)
def test_a_span_of_the_day_ends_before_its_end(span: str, time: dt.time, is_quiet: bool) -> None:
    assert in_quiet_hours([span], time) is is_quiet


def test_nothing_is_sent_before_the_next_try_is_due() -> None:
    assert told(waiting("a"), state=SinkState(retry_ns=NOW_S * NS_PER_S + 1)) == []
    assert told(waiting("a"), state=SinkState(retry_ns=NOW_S * NS_PER_S)) == ["a"]


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause_s(failures) for failures in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert pause_s(10_000) == 3600
