"""Hear what the outpost reports, as one more source of evidence of a watch."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

from scanwarden.daemon.outpost.messages import MAX_BYTES, Heard, Noted, Touched, unpack
from scanwarden.daemon.traps import ProbeFeed, TrapReports
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record

AGAIN_AFTER_S = 0.2
PATIENCE_S = 10.0  # of a start; then a missing outpost is told


class OutpostFeed:
    """What the outpost behind the socket at `path` reports; a lost connection is made again."""

    name = "traps"

    def __init__(self, path: Path, *, weight: float) -> None:
        self._path = path
        self._weight = weight
        self._notices: list[Notice] = []
        self._troubles: list[str] = []
        self._is_in_trouble = False
        self.strange = 0

    async def run(self, core: ProbeFeed, on_fed: Callable[[], None]) -> None:
        """Feed touches to the detector until cancelled; `on_fed` hears of each."""
        reports = TrapReports(core, self._take, weight=self._weight, sensor=self.name)
        waited_s = 0.0
        while True:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
                line.setblocking(False)
                await asyncio.get_running_loop().sock_connect(line, str(self._path))
                waited_s, self._is_in_trouble = 0.0, False
                await self._listen(line, reports, on_fed)
            waited_s += AGAIN_AFTER_S
            if waited_s > PATIENCE_S and not self._is_in_trouble:
                self._is_in_trouble = True
                self._troubles.append(f"no traps are set and no connections logged: nobody answers at {self._path}")
            await asyncio.sleep(AGAIN_AFTER_S)

    def notices(self) -> list[Notice]:
        """Take out what was said to traps since the last call."""
        taken, self._notices = self._notices, []
        return taken

    def troubles(self) -> list[str]:
        """Take out what went wrong since the last call."""
        taken, self._troubles = self._troubles, []
        return taken

    def close(self) -> None:
        """Hold nothing: the connection is closed when `run` ends."""

    async def _listen(self, line: socket.socket, reports: TrapReports, on_fed: Callable[[], None]) -> None:
        while datagram := await asyncio.get_running_loop().sock_recv(line, MAX_BYTES):
            match unpack(datagram):
                case Touched(touch=touch):
                    reports.touched(touch)
                case Heard(touch=touch, words=words):
                    reports.heard(touch, words)
                case Noted(notice=notice):
                    self._take(notice)
                case None:
                    self.strange += 1
            on_fed()

    def _take(self, record: Record) -> None:
        if isinstance(record, Notice):
            self._notices.append(record)
