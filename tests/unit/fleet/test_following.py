"""A ban is followed once, if the authority signed it and the host's own rules let it be."""

import asyncio

from scanwarden.control.client import NotRunningError
from scanwarden.control.contract import RefusedError
from scanwarden.fleet.bus import Entry
from scanwarden.fleet.following import BanFollower, FollowCounts
from scanwarden.fleet.keys import SigningKey, Verifier
from scanwarden.fleet.messages import FleetBan, sign
from scanwarden.model.address import Prefix
from scanwarden.model.time import NS_PER_S

NOW_NS = 1_760_000_000 * NS_PER_S
AUTHORITY = SigningKey.new()


class Service:
    """Answers as a host's service does: away at first if asked to be, and with one protected address."""

    def __init__(self, *, answers_after: int = 0) -> None:
        self._silent = answers_after
        self.asked: list[tuple[str, int, bool]] = []

    def ban(self, source: Prefix, *, duration_s: int, reason: str, forgeable: bool) -> None:
        """Note a ban, refuse it, or be away."""
        assert reason == "fleet: 4 hosts reported sw-1"
        if self._silent:
            self._silent -= 1
            raise NotRunningError("nobody answers")
        self.asked.append((str(source), duration_s, forgeable))
        if str(source) == "192.0.2.1/32":
            raise RefusedError("protected")


def entry(
    source: str = "203.0.113.5", *, lasts_s: int = 60, verified: bool = False, key: SigningKey = AUTHORITY
) -> Entry:
    ban = FleetBan(
        source=Prefix.parse(source),
        scan="sw-1",
        decided_ns=NOW_NS,
        expires_ns=NOW_NS + lasts_s * NS_PER_S,
        hosts=4,
        verified=verified,
    )
    return Entry("key", sign(ban, key), 1)


def follow(service: Service, *entries: Entry, rounds: int = 0) -> FollowCounts:
    async def play() -> FollowCounts:
        follower = BanFollower(service, Verifier(AUTHORITY.public), now_ns=lambda: NOW_NS)
        for one in entries:
            await follower.take(one)
        for _ in range(rounds):
            await follower.ask_again()
        return follower.counts

    return asyncio.run(play())


def test_the_same_ban_is_asked_about_once_and_a_longer_one_again() -> None:
    service = Service()
    counts = follow(service, entry(), entry(), entry(lasts_s=90), entry(lasts_s=0))
    assert service.asked == [("203.0.113.5/32", 60, True), ("203.0.113.5/32", 90, True)]
    assert counts == FollowCounts(applied=2)


def test_only_a_source_that_proved_its_address_loses_its_connections() -> None:
    service = Service()
    follow(service, entry(verified=True), entry("203.0.113.6"))
    assert [forgeable for _, _, forgeable in service.asked] == [False, True]


def test_what_the_host_protects_is_counted_and_not_asked_about_again() -> None:
    service = Service()
    assert follow(service, entry("192.0.2.1"), entry("192.0.2.1"), rounds=3) == FollowCounts(refused=1)
    assert len(service.asked) == 1


def test_a_ban_that_found_nobody_is_asked_about_until_somebody_answers() -> None:
    service = Service(answers_after=3)
    assert follow(service, entry(), entry("203.0.113.6"), rounds=3) == FollowCounts(applied=2)
    assert sorted(source for source, _, _ in service.asked) == ["203.0.113.5/32", "203.0.113.6/32"]


def test_what_the_authority_did_not_sign_is_not_believed() -> None:
    service = Service()
    told = (entry(key=SigningKey.new()), Entry("key", b"nonsense", 1), Entry("key", None, 1))
    assert follow(service, *told) == FollowCounts(not_believed=3)
    assert service.asked == []


def test_what_became_of_each_ban_is_told_and_how_many_wait() -> None:
    told: list[str] = []

    async def play() -> list[int]:
        service = Service(answers_after=1)
        follower = BanFollower(service, Verifier(AUTHORITY.public), now_ns=lambda: NOW_NS, on_asked=told.append)
        await follower.take(entry())
        waiting = [follower.counts.waiting]
        await follower.ask_again()
        await follower.take(entry("192.0.2.1"))
        return [*waiting, follower.counts.waiting]

    assert asyncio.run(play()) == [1, 0]
    assert told == [
        "203.0.113.5/32 waits for the service",
        "203.0.113.5/32 banned",
        "192.0.2.1/32 refused: protected",
    ]
