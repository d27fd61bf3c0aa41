"""Be where the brain hears from the sensor and the scout."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import Protocol

from scanwarden.daemon.configured import Names
from scanwarden.daemon.link.messages import Counts, Found, Hello, Look, Message, Told
from scanwarden.daemon.link.switchboard import Switchboard
from scanwarden.daemon.protection import Protection
from scanwarden.model.detection import Opened
from scanwarden.model.records import Statement

LOOK_LIMIT_S = 5.0


class Deciding(Protocol):
    """What the desk needs of the brain."""

    names: Names

    def take(self, statement: Statement) -> None:
        """Decide about a statement."""

    def sensor_arrived(self) -> None:
        """Set a sensor up."""

    async def found(self, protection: Protection) -> None:
        """Act on what the scout found."""


class Desk:
    """What is known from the parts, and what is asked of them."""

    def __init__(self, brain: Deciding, *, uids: Sequence[int]) -> None:
        self._brain = brain
        self.board = Switchboard(self, uids=uids)
        self.interfaces: tuple[str, ...] = ()
        self.packets = self.dropped = self.scans = 0
        self.is_watching = asyncio.Event()
        self.has_scouted = asyncio.Event()
        self._has_looked = asyncio.Event()
        self._findings: asyncio.Queue[Found] = asyncio.Queue(1)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Say which part is missing, in sentences."""
        gaps = []
        if not self.is_watching.is_set():
            gaps.append("the sensor does not answer: no packet is looked at")
        if not self.board.has("scout"):
            gaps.append("the scout does not answer: changes of the network go unnoticed")
        return tuple(gaps)

    async def run(self, on: socket.socket) -> None:
        """Listen to the parts until cancelled."""
        serving = asyncio.create_task(self.board.run(on))
        try:
            while True:
                await self._act(await self._findings.get())
        finally:
            serving.cancel()

    async def look_again(self) -> None:
        """Have the scout look again with the configuration as it is now, and wait for what it finds, within reason."""
        self._has_looked.clear()
        if self.board.send("scout", Look()):
            with contextlib.suppress(TimeoutError):  # the names keep the addresses they had
                await asyncio.wait_for(self._has_looked.wait(), LOOK_LIMIT_S)

    def arrived(self, hello: Hello) -> None:
        """Take note of a part."""
        if hello.part == "sensor":
            self.interfaces = hello.interfaces
            self.packets = self.dropped = 0
            if hello.is_watching:
                self.is_watching.set()
            self._brain.sensor_arrived()

    def take(self, part: str, message: Message) -> None:
        """Deal with what a part says; what it may not say is passed over."""
        match part, message:
            case "sensor", Told():
                self.scans += isinstance(message.statement, Opened)
                self._brain.take(message.statement)
            case "sensor", Counts():
                self.packets, self.dropped = message.packets, message.dropped
                self.is_watching.set()
            case "scout", Found():
                if self._findings.full():
                    self._findings.get_nowait()
                self._findings.put_nowait(message)
            case _:
                pass

    def left(self, part: str) -> None:
        """Take note that a part is gone."""
        if part == "sensor":
            self.is_watching.clear()

    async def _act(self, found: Found) -> None:
        self._brain.names.learn(dict(found.names), found.name_gaps)
        await self._brain.found(Protection(labels=dict(found.labels), on_link=found.on_link, gaps=found.gaps))
        self.has_scouted.set()
        self._has_looked.set()
