import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.model.address import Prefix
from scanwarden.responders.ban_clock import BanClock, Running


def running(source: str, ends_ns: int, *, armed_until_ns: int | None = None, forgeable: bool = False) -> Running:
    return Running(
        source=Prefix.parse(source),
        ends_ns=ends_ns,
        armed_until_ns=ends_ns if armed_until_ns is None else armed_until_ns,
        forgeable=forgeable,
        spare_established=forgeable,
    )


def sources(bans: list[Running]) -> list[str]:
    return [str(ban.source.address) for ban in bans]


def test_bans_end_in_order_and_once() -> None:
    clock = BanClock(10)
    for last, ends_ns in ((1, 30), (2, 10), (3, 20)):
        clock.add(running(f"192.0.2.{last}", ends_ns))
    assert sources(clock.expire(20)) == ["192.0.2.2", "192.0.2.3"]
    assert clock.expire(20) == []
    assert len(clock) == 1


def test_restarting_a_ban_moves_its_end() -> None:
    clock = BanClock(10)
    clock.add(running("192.0.2.1", 10))
    clock.add(running("192.0.2.1", 50))
    assert clock.expire(49) == []
    assert sources(clock.expire(50)) == ["192.0.2.1"]


def test_forgeable_bans_give_way_before_verified_ones_and_early_ends_before_late_ones() -> None:
    clock = BanClock(10)
    for last, ends_ns, forgeable in ((1, 5, False), (2, 90, True), (3, 80, True), (4, 6, False)):
        clock.add(running(f"192.0.2.{last}", ends_ns, forgeable=forgeable))
    assert sources(clock.first_to_give_way(3)) == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]


def test_a_full_clock_takes_no_new_ban_but_restarts_an_old_one() -> None:
    clock = BanClock(1)
    clock.add(running("192.0.2.1", 10))
    clock.add(running("192.0.2.1", 20))
    with pytest.raises(ValueError, match="1 bans already"):
        clock.add(running("192.0.2.2", 10))


def test_only_bans_that_outlast_their_arming_are_due() -> None:
    clock = BanClock(10)
    clock.add(running("192.0.2.1", 100, armed_until_ns=40))
    clock.add(running("192.0.2.2", 40))
    assert clock.due_for_arming(10, ahead_ns=20) == []
    assert sources(clock.due_for_arming(20, ahead_ns=20)) == ["192.0.2.1"]


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 100)), max_size=400))
def test_what_expires_is_exactly_what_ended_and_memory_stays_bounded(adds: list[tuple[int, int]]) -> None:
    clock = BanClock(20)
    last_end: dict[int, int] = {}
    for last, ends_ns in adds:
        clock.add(running(f"192.0.2.{last}", ends_ns))
        last_end[last] = ends_ns
    assert len(clock._ends) <= 2 * 20 + 17
    ended = {str(ban.source.address) for ban in clock.expire(50)}
    assert ended == {f"192.0.2.{last}" for last, ends_ns in last_end.items() if ends_ns <= 50}
