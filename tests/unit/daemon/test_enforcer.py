"""Bans are carried out in batches, told when they are in force, and told when they end."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

import pytest

from scanwarden.daemon.enforcer import MAX_ENDED_AT_ONCE, MAX_WAITING, Clocks, Enforcer
from scanwarden.errors import BanError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.notice import Notice
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Banned, Record, Unbanned
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.responders.contract import BanReceipt
from scanwarden.responders.dry_run import DryRunResponder

SCAN_ID = "sw-00000000000000aa"


class Bench:
    """An enforcer over a rehearsing responder, with a clock that the test moves."""

    def __init__(self, responder: DryRunResponder | None = None) -> None:
        self.now_ns = 1000 * NS_PER_S
        self.wall_ahead_ns = 0
        self.told: list[Record] = []
        self.refused: list[str] = []
        self.lifted: list[tuple[str, Timestamp]] = []
        self.responder = responder or DryRunResponder(now_ns=lambda: self.now_ns)
        self.enforcer = Enforcer(
            self.responder,
            tell=self.told.append,
            on_refused=lambda source: self.refused.append(str(source)),
            on_lifted=lambda source, now: self.lifted.append((str(source), now)),
            sensor="live:test",
            clocks=Clocks(wall_ns=lambda: self.now_ns + self.wall_ahead_ns, monotonic_ns=lambda: self.now_ns),
        )

    def run(self, *steps: Callable[[], Awaitable[None] | None]) -> None:
        """Run the enforcer while the steps happen, one after the other, each carried out before the next."""

        async def play() -> None:
            running = asyncio.create_task(self.enforcer.run())
            for step in steps:
                if (waiting := step()) is not None:
                    await waiting
                await self.enforcer.wait_until_idle()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.enforcer.close()

        asyncio.run(play())

    def kinds(self) -> list[str]:
        return [one.kind if isinstance(one, Notice) else type(one).__name__ for one in self.told]


def ban(source: str = "192.0.2.50", *, duration_s: int = 600) -> Ban:
    return Ban(
        id=SCAN_ID,
        source=Prefix.parse(source),
        starts_at=Timestamp(0),
        duration_s=duration_s,
        reason="it scans",
        forgeable=True,
        spare_established=True,
    )


def test_a_ban_is_told_when_the_responder_has_it_in_force() -> None:
    bench = Bench()
    bench.run(lambda: bench.enforcer.request(ban()))
    banned = bench.told[0]
    assert isinstance(banned, Banned)
    assert (str(banned.source), banned.responder, banned.id) == ("192.0.2.50/32", "dry_run", SCAN_ID)
    assert banned.time == bench.now_ns
    assert banned.expires_at.seconds_since(banned.time) == 600
    assert bench.enforcer.bans_made == 1


def test_bans_asked_for_together_go_in_one_batch() -> None:
    batches: list[int] = []

    class Counting(DryRunResponder):
        def ban(self, batch: Sequence[Ban]) -> BanReceipt:
            batches.append(len(batch))
            return super().ban(batch)

    bench = Bench(Counting())

    def ask() -> None:
        for last in range(5):
            bench.enforcer.request(ban(f"192.0.2.{last}"))

    bench.run(ask)
    assert batches == [5]


def test_an_expired_ban_is_told_once() -> None:
    bench = Bench()

    def pass_time() -> None:
        bench.now_ns += 601 * NS_PER_S
        bench.enforcer.expire()
        bench.enforcer.expire()

    bench.run(lambda: bench.enforcer.request(ban()), pass_time)
    assert bench.kinds() == ["Banned", "Unbanned"]
    unbanned = bench.told[1]
    assert isinstance(unbanned, Unbanned)
    assert unbanned.reason == "expired"


def test_banning_again_restarts_the_clock() -> None:
    bench = Bench()

    def pass_time(seconds: int) -> None:
        bench.now_ns += seconds * NS_PER_S
        bench.enforcer.expire()

    bench.run(
        lambda: bench.enforcer.request(ban()),
        lambda: pass_time(400),
        lambda: bench.enforcer.request(ban()),
        lambda: pass_time(400),
    )
    assert bench.kinds() == ["Banned", "Banned", "Unbanned"]
    assert isinstance(bench.told[2], Unbanned)
    assert bench.told[2].reason == "the watch ended"


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_stepped_by_a_year_ends_no_ban_early_and_none_late(years: int) -> None:
    bench = Bench()
    bench.wall_ahead_ns = 10 * 365 * 86_400 * NS_PER_S
    in_force: list[int] = []

    def pass_time(seconds: int) -> None:
        bench.now_ns += seconds * NS_PER_S
        bench.enforcer.expire()
        in_force.append(bench.enforcer.in_force)

    def step_clock() -> None:
        bench.wall_ahead_ns += years * 365 * 86_400 * NS_PER_S

    bench.run(lambda: bench.enforcer.request(ban()), step_clock, lambda: pass_time(599), lambda: pass_time(2))
    assert in_force == [1, 0]
    assert bench.kinds() == ["Banned", "Unbanned"]


def test_the_end_lifts_what_is_in_force() -> None:
    bench = Bench()
    bench.run(lambda: bench.enforcer.request(ban()))
    assert bench.kinds() == ["Banned", "Unbanned"]
    assert bench.responder.active_count == 0
    assert bench.enforcer.in_force == 0


def test_a_source_that_becomes_protected_is_let_go() -> None:
    bench = Bench()
    protected = PrefixTable({Prefix.parse("192.0.2.0/24"): "own network"})
    bench.run(lambda: bench.enforcer.request(ban()), lambda: bench.enforcer.protect(protected))
    assert bench.kinds() == ["Banned", "Unbanned"]
    assert isinstance(bench.told[1], Unbanned)
    assert bench.told[1].reason == "it became protected"
    assert bench.refused == ["192.0.2.50/32"]


def test_a_protected_source_is_refused_with_the_reason() -> None:
    bench = Bench(DryRunResponder(protected=PrefixTable({Prefix.parse("192.0.2.50"): "gateway of eth0"})))
    bench.run(lambda: bench.enforcer.request(ban()))
    (notice,) = bench.told
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.id) == ("ban_refused", SCAN_ID)
    assert "gateway of eth0" in notice.text
    assert bench.refused == ["192.0.2.50/32"]


class Broken(DryRunResponder):
    """A responder whose firewall is gone."""

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:  # noqa: ARG002
        raise BanError("nft is gone", remedy="install nftables")

    def is_intact(self) -> bool:
        raise BanError("nft is gone", remedy="install nftables")


def test_a_failed_command_is_a_failed_ban_and_says_so() -> None:
    bench = Bench(Broken())
    bench.run(lambda: bench.enforcer.request(ban()))
    (notice,) = bench.told
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.counts) == ("ban_failed", {"failed": 1})
    assert notice.text == "not banned: 192.0.2.50/32: nft is gone; install nftables"
    assert bench.refused == ["192.0.2.50/32"]
    assert bench.enforcer.bans_made == 0


class Away(DryRunResponder):
    """A responder that is away for as long as the test says."""

    is_away = True

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:
        if self.is_away:
            raise BanError("nobody answers")
        return super().ban(batch)

    def is_intact(self) -> bool:
        if self.is_away:
            raise BanError("nobody answers")
        return super().is_intact()


def test_what_failed_while_the_firewall_was_away_is_made_when_it_is_back() -> None:
    away = Away(now_ns=lambda: bench.now_ns)
    bench = Bench(away)

    async def come_back() -> None:
        await bench.enforcer.repair()  # it is still away
        bench.now_ns += 60 * NS_PER_S
        away.is_away = False
        await bench.enforcer.repair()

    bench.run(
        lambda: bench.enforcer.request(ban()),
        lambda: bench.enforcer.request(ban("192.0.2.51", duration_s=30)),
        come_back,
    )
    assert bench.kinds() == ["ban_failed", "ban_failed", "firewall_broken", "Banned", "Unbanned"]
    banned = bench.told[3]
    assert isinstance(banned, Banned)
    assert (str(banned.source), banned.duration_s) == ("192.0.2.50/32", 540)


def test_a_firewall_that_cannot_be_repaired_is_told() -> None:
    bench = Bench(Broken())
    bench.run(bench.enforcer.repair)
    assert bench.kinds() == ["firewall_broken"]


def test_a_look_repairs_first_and_says_what_cannot_be_repaired() -> None:
    troubles: list[str | None] = []

    async def look() -> None:
        troubles.append(await broken.enforcer.look())
        troubles.append(await whole.enforcer.look())

    broken, whole = Bench(Broken()), Bench()
    broken.run(look)
    assert troubles == ["nft is gone; install nftables", None]


def test_a_look_does_not_wait_for_a_firewall_that_does_not_answer() -> None:
    answered = threading.Event()

    class Stuck(DryRunResponder):
        def is_intact(self) -> bool:
            return answered.wait(60.0)

    troubles: list[str | None] = []

    async def look() -> None:
        troubles.append(await bench.enforcer.look())
        answered.set()

    bench = Bench(Stuck())
    bench.run(look)
    assert troubles == ["the firewall does not answer within 1 s"]


def test_a_firewall_that_somebody_changed_is_repaired_and_told() -> None:
    prepared: list[bool] = []

    class Flushed(DryRunResponder):
        def is_intact(self) -> bool:
            return bool(prepared)

        def prepare(self) -> None:
            prepared.append(True)

    bench = Bench(Flushed())
    bench.run(bench.enforcer.repair, bench.enforcer.repair)
    assert bench.kinds() == ["firewall_repaired"]
    assert prepared == [True]


def test_waiting_bans_have_a_cap_and_the_oldest_gives_way() -> None:
    bench = Bench()
    for number in range(MAX_WAITING + 3):
        bench.enforcer.request(ban(f"10.0.{number >> 8}.{number & 255}"))
    assert len(bench.enforcer._waiting) == MAX_WAITING
    assert bench.enforcer.bans_dropped == 3
    assert Prefix.parse("10.0.0.0").key not in bench.enforcer._waiting


def test_a_ban_that_gives_way_is_told() -> None:
    bench = Bench(DryRunResponder(max_bans=1))
    bench.run(
        lambda: bench.enforcer.request(ban("192.0.2.1")),
        lambda: bench.enforcer.request(ban("192.0.2.2")),
    )
    ended = [f"{one.source} {one.reason}" for one in bench.told if isinstance(one, Unbanned)]
    assert ended[0] == "192.0.2.1/32 it gave way because the firewall's table is full"


def test_bans_come_in_pieces_as_they_are_when_each_is_asked_for() -> None:
    pieces: list[list[str]] = []

    async def ask() -> None:
        coming = bench.enforcer.bans_in_pieces(2)
        pieces.append([str(one.source) for one in next(coming)])
        await bench.enforcer.unban([Prefix.parse("192.0.2.3")], "a test")
        pieces.extend([str(one.source) for one in piece] for piece in coming)

    def request() -> None:
        for last in range(1, 5):
            bench.enforcer.request(ban(f"192.0.2.{last}"))

    bench = Bench()
    bench.run(request, ask)
    assert pieces == [["192.0.2.1/32", "192.0.2.2/32"], ["192.0.2.4/32"]]
    assert bench.lifted == [("192.0.2.3/32", Timestamp(bench.now_ns))]


def test_many_bans_that_end_together_are_told_some_at_a_time_and_none_is_claimed() -> None:
    count = 2 * MAX_ENDED_AT_ONCE + 1
    turns: list[tuple[bool, int, int]] = []

    async def restore() -> None:
        await bench.enforcer.restore([ban(f"10.0.{number >> 8}.{number & 255}") for number in range(count)])

    def pass_time() -> None:
        bench.now_ns += 601 * NS_PER_S
        while not turns or turns[-1][0]:
            turns.append((bench.enforcer.expire(), len(bench.told), bench.enforcer.in_force))
            assert bench.enforcer.bans() == []

    bench = Bench()
    bench.now_ns = 0  # when the bans began
    bench.run(restore, pass_time)
    assert turns == [(True, MAX_ENDED_AT_ONCE, 0), (True, 2 * MAX_ENDED_AT_ONCE, 0), (False, count, 0)]
