"""Agents and correlators work together over a bus in memory: bans reach every host, correlators take over."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from scanwarden.fleet.bus import BANS, DETECTIONS
from scanwarden.fleet.correlation import CorrelationSettings
from scanwarden.fleet.correlator import Correlator
from scanwarden.fleet.hosts import JoinToken
from scanwarden.fleet.keys import SigningKey
from scanwarden.fleet.memory_bus import MemoryBus
from scanwarden.fleet.messages import FleetBan, sign
from scanwarden.fleet.overview import look
from scanwarden.model.address import Prefix
from tests.fleethosts import Host

SCANNER = "203.0.113.5"
PATIENCE_S = 60.0


class Running:
    """A fleet on one bus."""

    def __init__(self, folder: Path, hosts: int, protected: tuple[str, ...] = ()) -> None:
        self.bus = MemoryBus(time.time_ns)
        self.key = SigningKey.new()
        self.token = JoinToken.new(self.key.public)
        self.hosts = [Host(f"host{number}", folder, protected if number == 0 else ()) for number in range(hosts)]

    async def enrol(self) -> None:
        for host in self.hosts:
            await host.join(self.bus, self.token)

    def correlator(self, name: str) -> Correlator:
        return Correlator(
            self.bus,
            name=name,
            key=self.key,
            secret=self.token.secret,
            settings=CorrelationSettings(),
            now_ns=time.time_ns,
            lease_s=1.0,
        )

    @asynccontextmanager
    async def agents(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(host.agent(self.bus, self.token).run()) for host in self.hosts]
        try:
            yield
        finally:
            await ended(*tasks)


async def ended(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 what is waited for has no event
            await asyncio.sleep(0.02)


def test_a_sweep_is_banned_on_every_host_but_where_it_is_protected(tmp_path: Path) -> None:
    async def scene() -> None:
        fleet = Running(tmp_path, 6, protected=("203.0.113.0/24",))
        await fleet.enrol()
        work = asyncio.create_task(fleet.correlator("one").run())
        async with fleet.agents():
            for number, host in enumerate(fleet.hosts):
                host.see((SCANNER, f"192.0.2.{number}", 22))
            await until(lambda: all(host.guard.banned or host.guard.refused for host in fleet.hosts))
        await ended(work)
        assert fleet.hosts[0].guard.banned == {}
        assert fleet.hosts[0].guard.refused == [f"{SCANNER}/32"]
        assert all(set(host.guard.banned) == {f"{SCANNER}/32"} for host in fleet.hosts[1:])

    asyncio.run(scene())


def test_a_correlator_that_dies_is_taken_over_without_loss_or_repetition(tmp_path: Path) -> None:
    async def scene() -> None:
        fleet = Running(tmp_path, 8)
        await fleet.enrol()
        first = asyncio.create_task(fleet.correlator("one").run())
        async with fleet.agents():
            for number in range(4):
                fleet.hosts[number].see((SCANNER, f"192.0.2.{number}", 22), ("203.0.113.77", f"192.0.2.{number}", 80))
                # The other source stays below the threshold until its last host.
                if number == 2:
                    break
            await until(lambda: not any(host.spool.segments() for host in fleet.hosts))
            await asyncio.sleep(0.1)
            first.cancel()  # as if killed: what it knew is gone
            await asyncio.gather(first, return_exceptions=True)
            second = asyncio.create_task(fleet.correlator("two").run())
            fleet.hosts[3].see((SCANNER, "192.0.2.3", 22))
            await until(lambda: all(host.guard.banned for host in fleet.hosts))
            third = asyncio.create_task(fleet.correlator("three").run())
            await asyncio.sleep(1.0)
            await ended(second, third)
        assert all(set(host.guard.banned) == {f"{SCANNER}/32"} for host in fleet.hosts)
        opened = [one for one in fleet.bus.messages(DETECTIONS) if b'"opened"' in one and SCANNER.encode() in one]
        assert len(opened) == 1

    asyncio.run(scene())


def test_what_was_seen_while_the_bus_was_away_is_told_later(tmp_path: Path) -> None:
    async def scene() -> None:
        fleet = Running(tmp_path, 5)
        await fleet.enrol()
        work = asyncio.create_task(fleet.correlator("one").run())
        async with fleet.agents():
            await asyncio.sleep(0.3)
            fleet.bus.is_away = True
            for number, host in enumerate(fleet.hosts):
                host.see((SCANNER, f"192.0.2.{number}", 22))
            await asyncio.sleep(0.7)
            assert all(host.spool.segments() for host in fleet.hosts)
            fleet.bus.is_away = False
            await until(lambda: all(host.guard.banned for host in fleet.hosts))
        await ended(work)

    asyncio.run(scene())


def test_a_ban_that_the_authority_did_not_sign_is_not_followed(tmp_path: Path) -> None:
    async def scene() -> None:
        fleet = Running(tmp_path, 1)
        await fleet.enrol()
        (host,) = fleet.hosts
        far_ns = time.time_ns() + 3600 * 10**9
        ban = FleetBan(source=Prefix.parse(SCANNER), scan="sw-0", decided_ns=1, expires_ns=far_ns, hosts=9)
        await fleet.bus.put(BANS, "forged", sign(ban, host.key))
        good = FleetBan(source=Prefix.parse("203.0.113.9"), scan="sw-0", decided_ns=1, expires_ns=far_ns, hosts=9)
        await fleet.bus.put(BANS, "good", sign(good, fleet.key))
        async with fleet.agents():
            await until(lambda: bool(host.guard.banned))
        assert set(host.guard.banned) == {"203.0.113.9/32"}

    asyncio.run(scene())


def test_the_overview_names_the_host_that_reports_too_much(tmp_path: Path) -> None:
    async def scene() -> None:
        fleet = Running(tmp_path, 2)
        await fleet.enrol()
        work = asyncio.create_task(fleet.correlator("one").run())
        probes = [(f"198.18.{n // 250}.{n % 250}", "192.0.2.1", 22) for n in range(20_000)]
        fleet.hosts[1].see(*probes)
        async with fleet.agents():
            await until(lambda: not fleet.hosts[1].spool.segments())
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    view = await look(fleet.bus, authority=fleet.key.public, now_ns=time.time_ns())
                    if any(host.over_quota for host in view.hosts):
                        break
                    await asyncio.sleep(0.1)
        await ended(work)
        loud = [host for host in view.hosts if host.over_quota]
        assert [host.host for host in loud] == ["host1"]
        assert any("over its quota" in fault for fault in loud[0].faults(time.time_ns()))

    asyncio.run(scene())


@pytest.mark.parametrize("text", ["", "swfleet1-", "swfleet1-AAAA", "nonsense"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="no join token"):
        JoinToken.parse(text)


def test_a_token_is_read_back() -> None:
    token = JoinToken.new(SigningKey.new().public)
    assert JoinToken.parse(f"  {token}\n") == token
