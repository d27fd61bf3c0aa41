"""A sensor is told of all bans, in pieces that the link can hold, and of none that has ended."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from scanwarden.daemon.enforcer import Clocks, Enforcer
from scanwarden.daemon.link.client import Link
from scanwarden.daemon.link.messages import BanNotes, Hello, Message, Setup, bans_in
from scanwarden.daemon.link.switchboard import Switchboard
from scanwarden.daemon.service.briefing import BANS_PER_MESSAGE, Briefing
from scanwarden.detector.settings import DetectorSettings
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import Timestamp
from scanwarden.responders.dry_run import DryRunResponder

LIVENESS_S = 60.0
SETTINGS = DetectorSettings(home=(Prefix.parse("192.0.2.1"),), sensor="live:eth0")


class Sensor:
    """A sensor's end of the link that writes down what it is told, and the board of the brain it belongs to."""

    def __init__(self, path: Path) -> None:
        self.heard: list[Message] = []
        self.arrivals = 0
        self.board = Switchboard(self, uids=(os.getuid(),))
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._link = Link(path, hello=lambda: Hello("sensor"), receive=self.heard.append)

    def arrived(self, hello: Hello) -> None:
        self.arrivals += hello.part == "sensor"

    def take(self, part: str, message: Message) -> None:
        raise AssertionError(f"{part} says {message}, and was not asked")

    def left(self, part: str) -> None:
        pass

    @property
    def told(self) -> list[str]:
        return [str(source) for one in self.heard if isinstance(one, BanNotes) for source, _ in bans_in(one)]

    def tasks(self) -> "Iterator[asyncio.Task[None]]":
        yield asyncio.create_task(self.board.run(self._listener))
        yield asyncio.create_task(self._link.run())


async def enforcing(count: int) -> Enforcer:
    """Return an enforcer that holds as many bans as wanted, 11.0.0.0 first."""
    enforcer = Enforcer(
        DryRunResponder(max_bans=max(1, count)),
        tell=lambda _: None,
        on_refused=lambda _: None,
        on_lifted=lambda _, __: None,
        sensor="live:eth0",
        clocks=Clocks(wall_ns=time.time_ns, monotonic_ns=time.monotonic_ns),
    )
    bans = [
        Ban(
            id=None,
            source=Prefix((0x0B00_0000 + number).to_bytes(4, "big"), 32),
            starts_at=Timestamp(time.time_ns()),
            duration_s=600,
            reason="it scans",
            forgeable=False,
            spare_established=False,
        )
        for number in range(count)
    ]
    assert await enforcer.restore(bans) == count
    return enforcer


async def until_told(sensor: Sensor, count: int) -> None:
    async with asyncio.timeout(LIVENESS_S):
        while len(sensor.told) < count:  # noqa: ASYNC110 what is waited for has no event
            await asyncio.sleep(0.01)


async def ended(sensor: Sensor, briefing: Briefing, *tasks: "asyncio.Task[None]") -> Sensor:
    briefing.end()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return sensor


def test_every_ban_is_told_after_the_settings_over_one_connection(tmp_path: Path) -> None:
    count = 2 * BANS_PER_MESSAGE + 1

    async def scenario() -> Sensor:
        sensor = Sensor(tmp_path / "s")
        tasks = list(sensor.tasks())
        enforcer, briefing = await enforcing(count), Briefing(sensor.board)
        async with asyncio.timeout(LIVENESS_S):
            while not sensor.board.has("sensor"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        briefing.begin(SETTINGS, enforcer)
        await until_told(sensor, count)
        await enforcer.leave()
        return await ended(sensor, briefing, *tasks)

    sensor = asyncio.run(scenario())
    assert sensor.heard[0] == Setup(SETTINGS)
    assert len(sensor.heard) == 4
    assert len(set(sensor.told)) == count
    assert sensor.arrivals == 1


def test_a_briefing_ends_the_one_before(tmp_path: Path) -> None:
    async def scenario() -> Sensor:
        sensor = Sensor(tmp_path / "s")
        tasks = list(sensor.tasks())
        enforcer, briefing = await enforcing(3), Briefing(sensor.board)
        async with asyncio.timeout(LIVENESS_S):
            while not sensor.board.has("sensor"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        briefing.begin(SETTINGS, enforcer)
        briefing.begin(SETTINGS, enforcer)
        await until_told(sensor, 3)
        await enforcer.leave()
        return await ended(sensor, briefing, *tasks)

    sensor = asyncio.run(scenario())
    assert [type(one) for one in sensor.heard] == [Setup, Setup, BanNotes]


def test_without_a_firewall_only_the_settings_are_told(tmp_path: Path) -> None:
    async def scenario() -> Sensor:
        sensor = Sensor(tmp_path / "s")
        tasks = list(sensor.tasks())
        briefing = Briefing(sensor.board)
        async with asyncio.timeout(LIVENESS_S):
            while not sensor.board.has("sensor"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        briefing.begin(SETTINGS, None)
        async with asyncio.timeout(LIVENESS_S):
            while not sensor.heard:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return await ended(sensor, briefing, *tasks)

    assert asyncio.run(scenario()).heard == [Setup(SETTINGS)]
