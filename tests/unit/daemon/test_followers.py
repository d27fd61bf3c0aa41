"""Further responders do what the leading one did, in their own time, and their failures are their own."""

import asyncio
from collections.abc import Sequence

from scanwarden.daemon.enforcer import Clocks
from scanwarden.daemon.followers import Follower, Followers
from scanwarden.errors import BanError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Banned, Unbanned
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.responders.contract import BanReceipt, Refusal
from scanwarden.responders.dry_run import DryRunResponder


class Moody(DryRunResponder):
    """A responder that is away, fails for a source, or refuses one, as the test says."""

    is_away = False
    fails_for = ""
    refuses = ""

    def is_intact(self) -> bool:
        if self.is_away:
            raise ResponderError("it is away")
        return super().is_intact()

    def prepare(self) -> None:
        if self.is_away:
            raise ResponderError("it is away")
        super().prepare()

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:
        if any(self.fails_for == str(ban.source.address) for ban in batch):
            raise BanError(f"{self.fails_for} fails")
        refused = [ban for ban in batch if self.refuses == str(ban.source.address)]
        receipt = super().ban([ban for ban in batch if ban not in refused])
        refusals = tuple(Refusal(ban=ban, reason="it is Sunday") for ban in refused)
        return BanReceipt(in_force=receipt.in_force, refused=refusals)


class Bench:
    """A follower over a moody responder, with a clock that the test moves."""

    def __init__(self) -> None:
        self.now_ns = 1000 * NS_PER_S
        self.notices: list[tuple[str, str]] = []
        self.responder = Moody(now_ns=lambda: self.now_ns)
        clocks = Clocks(wall_ns=lambda: self.now_ns, monotonic_ns=lambda: self.now_ns)
        self.follower = Follower(
            self.responder, notify=lambda kind, text: self.notices.append((kind, text)), clocks=clocks
        )

    def ban(self, source: str, *, duration_s: int = 600) -> Banned:
        now = Timestamp(self.now_ns)
        return Banned(
            id=None,
            time=now,
            source=Prefix.parse(source),
            duration_s=duration_s,
            expires_at=now.plus(duration_s),
            reason="it scans",
            responder="nftables",
            forgeable=False,
        )

    def lift(self, source: str, reason: str = "lifted") -> Unbanned:
        ban = self.ban(source)
        return Unbanned(
            id=None,
            time=ban.time,
            source=ban.source,
            duration_s=600,
            expires_at=ban.expires_at,
            reason=reason,
            responder="nftables",
            forgeable=False,
        )

    def keep_step(self) -> None:
        """Let the follower look once."""
        asyncio.run(self.follower.keep_step())

    def holds(self, source: str) -> bool:
        prefix = Prefix.parse(source)
        assert self.follower.holds(prefix) is self.responder.is_in_force(prefix)
        return self.follower.holds(prefix)


def test_what_is_banned_and_lifted_there_is_banned_and_lifted_here() -> None:
    bench = Bench()
    bench.follower.take(bench.ban("192.0.2.7"))
    bench.follower.take(bench.ban("192.0.2.8"))
    bench.keep_step()
    assert bench.holds("192.0.2.7")
    assert bench.follower.health.bans_in_force == 2
    bench.follower.take(bench.lift("192.0.2.7"))
    bench.keep_step()
    assert not bench.holds("192.0.2.7")
    assert bench.holds("192.0.2.8")


def test_one_that_was_away_gets_what_it_missed_for_what_is_left_of_it() -> None:
    bench = Bench()
    bench.follower.take(bench.ban("192.0.2.7"))
    bench.keep_step()
    bench.responder.is_away = True
    bench.follower.take(bench.lift("192.0.2.7"))
    bench.follower.take(bench.ban("192.0.2.8", duration_s=100))
    bench.follower.take(bench.ban("192.0.2.9", duration_s=10))
    for _ in range(3):
        bench.keep_step()
    health = bench.follower.health
    assert (health.bans_in_force, health.waiting, health.trouble) == (0, 3, "it is away")
    bench.responder.is_away = False
    bench.now_ns += 50 * NS_PER_S
    bench.keep_step()
    assert bench.follower.health.trouble is None
    assert not bench.holds("192.0.2.7")
    assert bench.holds("192.0.2.8")
    assert not bench.responder.is_in_force(Prefix.parse("192.0.2.9"))
    bench.now_ns += 51 * NS_PER_S
    assert not bench.responder.is_in_force(Prefix.parse("192.0.2.8"))
    assert [kind for kind, _ in bench.notices] == ["responder_broken", "responder_repaired"]


def test_a_ban_that_fails_keeps_no_other_back_and_is_tried_again() -> None:
    bench = Bench()
    bench.responder.fails_for = "192.0.2.7"
    for last in (6, 7, 8):
        bench.follower.take(bench.ban(f"192.0.2.{last}"))
    bench.keep_step()
    bench.keep_step()
    assert bench.holds("192.0.2.6")
    assert bench.holds("192.0.2.8")
    assert bench.follower.health.waiting == 1
    assert "192.0.2.7 fails" in (bench.follower.health.trouble or "")
    bench.responder.fails_for = ""
    bench.keep_step()
    assert bench.holds("192.0.2.7")
    assert bench.follower.health.trouble is None


def test_a_refusal_is_counted_told_and_no_trouble() -> None:
    bench = Bench()
    bench.responder.refuses = "192.0.2.7"
    bench.follower.take(bench.ban("192.0.2.7"))
    bench.keep_step()
    assert (bench.follower.health.refused, bench.follower.health.trouble) == (1, None)
    assert bench.notices == [("ban_refused", "dry_run does not ban 192.0.2.7/32: it is Sunday")]
    bench.follower.take(bench.lift("192.0.2.7"))
    assert bench.follower.health.refused == 0


def test_what_expired_needs_no_lifting() -> None:
    bench = Bench()
    bench.follower.take(bench.ban("192.0.2.7", duration_s=5))
    bench.keep_step()
    bench.now_ns += 6 * NS_PER_S
    bench.follower.take(bench.lift("192.0.2.7", "expired"))
    assert (bench.follower.health.bans_in_force, bench.follower.health.waiting) == (0, 0)


def test_all_of_them_are_told_and_say_who_holds_what() -> None:
    benches = [Bench(), Bench()]
    followers = Followers(
        [bench.responder for bench in benches],
        notify=lambda *_: None,
        clocks=Clocks(wall_ns=lambda: 0, monotonic_ns=lambda: 0),
    )
    followers.take(benches[0].ban("192.0.2.7"))

    async def look() -> None:
        for follower in followers:
            await follower.keep_step()

    asyncio.run(look())
    assert followers.holding(Prefix.parse("192.0.2.7")) == ("dry_run", "dry_run")
    assert [follower.health.bans_in_force for follower in followers] == [1, 1]


def test_who_becomes_protected_is_let_in_here_too() -> None:
    bench = Bench()
    bench.follower.take(bench.ban("192.0.2.7"))
    bench.keep_step()
    bench.follower.protect(PrefixTable({Prefix.parse("192.0.2.7"): "allowlisted"}))
    bench.keep_step()
    assert not bench.holds("192.0.2.7")
