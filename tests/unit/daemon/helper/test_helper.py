"""The helper refuses what nobody may ask of it, whoever asks."""

import pytest

from scanwarden.daemon.helper.allowance import MAX_BANS_A_SECOND, MAX_BANS_AT_ONCE
from scanwarden.daemon.helper.helper import Helper
from scanwarden.daemon.helper.made import MAX_REMEMBERED
from scanwarden.daemon.helper.messages import BROKEN, MAX_BATCH, Flag, Message, Op, Status
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.time import NS_PER_S
from scanwarden.responders.dry_run import DryRunResponder
from scanwarden.responders.nftables_tripwire import NftablesTripwire
from scanwarden.responders.route import RouteResponder

GATEWAY = Prefix.parse("192.0.2.1")


class Bench:
    """A helper over a rehearsing responder."""

    def __init__(self, *, max_at_once: int = MAX_BANS_AT_ONCE) -> None:
        self.now_ns = 1000 * NS_PER_S
        self.protected = PrefixTable({GATEWAY: "gateway"})
        self.responder = DryRunResponder(now_ns=lambda: self.now_ns)
        self.helper = Helper(
            self.responder,
            NftablesTripwire(),
            find=lambda: self.protected,
            now_ns=lambda: self.now_ns,
            max_at_once=max_at_once,
        )
        self.helper.start()

    def ban(self, *sources: str, duration_s: int = 600) -> list[Status]:
        asked = [Message(op=Op.BAN, source=Prefix.parse(source), duration_s=duration_s) for source in sources]
        return [Status(answer.number) for answer in self.helper.answer(asked)]


def test_a_ban_is_answered_when_it_is_in_force() -> None:
    bench = Bench()
    assert bench.ban("198.51.100.7") == [Status.DONE]
    assert bench.responder.is_in_force(Prefix.parse("198.51.100.7"))


@pytest.mark.parametrize(
    ("source", "duration_s", "status"),
    [
        ("192.0.2.1", 600, Status.PROTECTED),
        ("192.0.2.0/24", 600, Status.PROTECTED),
        ("0.0.0.0/0", 600, Status.TOO_WIDE),
        ("198.50.0.0/15", 600, Status.TOO_WIDE),
        ("2001:db8::/47", 600, Status.TOO_WIDE),
        ("198.51.100.7", 0, Status.WRONG_DURATION),
        ("198.51.100.7", 30 * 86_400 + 1, Status.WRONG_DURATION),
    ],
)
def test_what_nobody_may_ban_is_refused(source: str, duration_s: int, status: Status) -> None:
    bench = Bench()
    assert bench.ban(source, duration_s=duration_s) == [status]
    assert bench.responder.active_count == 0


def test_many_bans_are_checked_at_once() -> None:
    asked = [
        Message(op=Op.CHECK, source=Prefix.parse(one), duration_s=600) for one in ("192.0.2.1", "198.51.100.7", "::/0")
    ]
    bench = Bench()
    answers = bench.helper.answer(asked)
    assert [Status(answer.number) for answer in answers] == [Status.PROTECTED, Status.DONE, Status.TOO_WIDE]
    assert bench.responder.active_count == 0


def test_one_refusal_does_not_keep_others_from_being_banned() -> None:
    assert Bench().ban("192.0.2.1", "198.51.100.7") == [Status.PROTECTED, Status.DONE]


def test_more_bans_than_a_second_allows_are_refused_until_the_next() -> None:
    bench = Bench(max_at_once=2 * MAX_BANS_A_SECOND)
    for number in range(2 * MAX_BANS_A_SECOND // 100):
        bench.ban(*(f"10.1.{number}.{last}" for last in range(100)))
    assert bench.ban("198.51.100.7") == [Status.TOO_MANY]
    bench.now_ns += NS_PER_S
    for number in range(MAX_BANS_A_SECOND // 100):
        assert set(bench.ban(*(f"10.2.{number}.{last}" for last in range(100)))) == {Status.DONE}
    assert bench.ban("198.51.100.7") == [Status.TOO_MANY]
    bench.now_ns += 60 * NS_PER_S
    assert bench.ban("198.51.100.7") == [Status.DONE]


def test_what_becomes_protected_is_let_in_without_the_service_asking() -> None:
    bench = Bench()
    bench.ban("198.51.100.7")
    bench.protected = PrefixTable({GATEWAY: "gateway", Prefix.parse("198.51.100.7"): "resolver"})
    bench.helper.look_after(has_news=True)
    assert not bench.responder.is_in_force(Prefix.parse("198.51.100.7"))
    assert bench.ban("198.51.100.7") == [Status.PROTECTED]


def listed(bench: Bench) -> dict[str, int]:
    """Return what the helper remembers: the seconds that are left, by source."""
    answers = bench.helper.answer([Message(op=Op.LIST)])
    assert all(Flag.MORE in answer.flags for answer in answers[:-1])
    assert Flag.MORE not in answers[-1].flags
    return {str(answer.source): answer.duration_s for answer in answers[:-1]}


def test_the_bans_made_last_are_remembered_for_a_service_that_was_killed() -> None:
    bench = Bench()
    bench.ban("198.51.100.7", "192.0.2.1")
    bench.ban("198.51.100.8", duration_s=5)
    bench.now_ns += 2 * NS_PER_S
    assert listed(bench) == {"198.51.100.7/32": 598, "198.51.100.8/32": 3}
    bench.now_ns += 4 * NS_PER_S
    assert listed(bench) == {"198.51.100.7/32": 594}
    bench.helper.answer([Message(op=Op.UNBAN, source=Prefix.parse("198.51.100.7"))])
    assert listed(bench) == {}


def test_no_more_is_remembered_than_the_cap() -> None:
    bench = Bench()
    sources = [f"198.18.{number >> 8}.{number & 255}" for number in range(MAX_REMEMBERED + 10)]
    for start in range(0, len(sources), MAX_BATCH):
        bench.now_ns += NS_PER_S
        bench.ban(*sources[start : start + MAX_BATCH])
    remembered = listed(bench)
    assert len(remembered) == MAX_REMEMBERED
    assert "198.18.0.0/32" not in remembered


def test_what_a_tool_cannot_do_is_said_with_the_reason() -> None:
    helper = Helper(RouteResponder(), None, find=PrefixTable)
    asked = Message(op=Op.CHECK, source=Prefix.parse("198.51.100.7"), flags=Flag.SPARE_ESTABLISHED, duration_s=60)
    (answer,) = helper.answer([asked])
    assert answer.number == Status.UNSUITABLE
    assert "established connections" in answer.reason


@pytest.mark.parametrize("op", [Op.WIRE_SET, Op.WIRE_TRIPPED, Op.WIRE_REMOVE])
def test_a_responder_without_a_tripwire_says_so(op: Op) -> None:
    (answer,) = Helper(DryRunResponder(), None, find=PrefixTable).answer([Message(op=op)])
    assert (answer.number, answer.reason) == (Status.FAILED, "dry_run has no tripwire")


def test_a_tool_that_is_dear_to_ask_is_looked_at_seldom() -> None:
    looks = []

    class Dear(DryRunResponder):
        def is_intact(self) -> bool:
            looks.append(1)
            return super().is_intact()

    now_ns = 1000 * NS_PER_S
    helper = Helper(Dear(), None, find=PrefixTable, now_ns=lambda: now_ns, look_every_s=10.0)
    for _ in range(4):
        helper.look_after()
        assert helper.answer([Message(op=Op.PING)])[0].number == 0
        now_ns += 4 * NS_PER_S
    assert len(looks) == 2


def test_bans_that_nobody_looks_after_are_no_sign_of_life() -> None:
    class Broken(DryRunResponder):
        def refresh(self) -> int:
            raise ResponderError("the disk is full")

    helper = Helper(Broken(), None, find=PrefixTable)
    helper.look_after()
    (answer,) = helper.answer([Message(op=Op.PING)])
    assert (answer.number, answer.reason) == (BROKEN, "the disk is full")


def protect_too(helper: Helper, *names: str, count: int | None = None) -> Status:
    """Have more sources protected, as the service does, two at a time."""
    sources = [Prefix.parse(name) for name in names]
    for start in range(0, len(sources), 2):
        piece = sources[start : start + 2]
        helper.answer([Message(op=Op.PROTECT, source=source, number=start) for source in piece])
    number = len(names) if count is None else count
    return Status(helper.answer([Message(op=Op.PROTECT_DONE, number=number)])[0].number)


def test_whom_the_service_names_is_protected_beside_whom_the_helper_finds() -> None:
    bench = Bench()
    bench.ban("198.51.100.7", "198.51.100.8")
    assert protect_too(bench.helper, "198.51.100.7", "203.0.113.1", "203.0.113.2") is Status.DONE
    assert not bench.responder.is_in_force(Prefix.parse("198.51.100.7"))
    assert bench.responder.is_in_force(Prefix.parse("198.51.100.8"))
    refused = [Status.PROTECTED] * 3
    assert bench.ban("198.51.100.7", "203.0.113.2", "192.0.2.1") == refused
    bench.helper.look_after(has_news=True)
    assert bench.ban("198.51.100.7", "203.0.113.2", "192.0.2.1") == refused


def test_those_named_last_take_the_place_of_those_before_but_of_nobody_else() -> None:
    bench = Bench()
    protect_too(bench.helper, "198.51.100.7")
    assert protect_too(bench.helper, "198.51.100.8") is Status.DONE
    assert bench.ban("198.51.100.7", "198.51.100.8", "192.0.2.1") == [Status.DONE, Status.PROTECTED, Status.PROTECTED]
    assert protect_too(bench.helper) is Status.DONE
    assert bench.ban("198.51.100.8", "192.0.2.1") == [Status.DONE, Status.PROTECTED]


def test_a_list_that_broke_off_changes_nothing() -> None:
    bench = Bench()
    protect_too(bench.helper, "198.51.100.7")
    assert protect_too(bench.helper, "198.51.100.8", count=2) is Status.FAILED
    assert bench.ban("198.51.100.7", "198.51.100.8") == [Status.PROTECTED, Status.DONE]
    assert protect_too(bench.helper, "198.51.100.9") is Status.DONE
    assert bench.ban("198.51.100.9") == [Status.PROTECTED]
