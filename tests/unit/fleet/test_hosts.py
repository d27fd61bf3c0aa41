"""Who joins is believed until it leaves; nobody leaves in another's name."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from scanwarden.fleet.bus import HOSTS
from scanwarden.fleet.errors import FleetError
from scanwarden.fleet.hosts import HostList, JoinToken, enrol, leave, standing
from scanwarden.fleet.keys import SigningKey
from scanwarden.fleet.memory_bus import MemoryBus

AUTHORITY, HOST, STRANGER = SigningKey.new(), SigningKey.new(), SigningKey.new()
TOKEN = JoinToken.new(AUTHORITY.public)


def on_a_bus(scene: Callable[[MemoryBus], Awaitable[None]]) -> None:
    async def play() -> None:
        bus = MemoryBus(time.time_ns)
        await enrol(bus, "web1", HOST, TOKEN, 1)
        await scene(bus)

    asyncio.run(play())


async def believed(bus: MemoryBus) -> set[str]:
    known = HostList(TOKEN.secret, AUTHORITY.public)
    async for entry in bus.watch(HOSTS):
        if entry is None:
            break
        known.take_in(entry)
    assert known.refused == 0
    return set(known.verifiers)


@pytest.mark.parametrize("key", [HOST, AUTHORITY], ids=["the host", "the authority"])
def test_a_host_is_taken_off_the_list_and_may_say_so_twice(key: SigningKey) -> None:
    async def scene(bus: MemoryBus) -> None:
        assert await believed(bus) == {"web1"}
        assert await standing(bus, "web1", HOST) is None
        await leave(bus, "web1", key, 2, authority=AUTHORITY.public)
        await leave(bus, "web1", key, 3, authority=AUTHORITY.public)
        assert await believed(bus) == set()
        assert await standing(bus, "web1", HOST) == "it was taken off the list of hosts"

    on_a_bus(scene)


def test_nobody_else_takes_a_host_off_the_list() -> None:
    async def scene(bus: MemoryBus) -> None:
        with pytest.raises(FleetError, match="enrolled with another key"):
            await leave(bus, "web1", STRANGER, 2, authority=AUTHORITY.public)
        assert await believed(bus) == {"web1"}

    on_a_bus(scene)


def test_the_authority_is_told_of_a_name_that_never_was() -> None:
    async def scene(bus: MemoryBus) -> None:
        with pytest.raises(FleetError, match="web9 is not enrolled"):
            await leave(bus, "web9", AUTHORITY, 2, authority=AUTHORITY.public)
        await leave(bus, "web9", HOST, 2, authority=AUTHORITY.public)  # what is not there has left

    on_a_bus(scene)


def test_a_host_learns_why_it_is_not_believed() -> None:
    async def scene(bus: MemoryBus) -> None:
        assert await standing(bus, "web9", HOST) == "it is not on the list of hosts"
        assert await standing(bus, "web1", STRANGER) == "the list of hosts knows it by another key"
        with pytest.raises(FleetError, match="enrolled with another key"):
            await enrol(bus, "web1", STRANGER, TOKEN, 2)

    on_a_bus(scene)
