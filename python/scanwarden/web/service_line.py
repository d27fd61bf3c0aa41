"""Ask and tell the running service without holding up the event loop."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from scanwarden.audit.desk import AuditView
from scanwarden.control.client import ControlClient
from scanwarden.control.encoding import decode
from scanwarden.control.views import BanRequest, BanView, Done, Status
from scanwarden.errors import ScanwardenError
from scanwarden.model.address import Prefix

Answer = TypeVar("Answer")
LIMIT_S = 5.0
FRESH_S = 1.0
MAX_AT_ONCE = 4


class Standing:
    """What the service last said of itself: its status and bans, or why it did not answer."""

    def __init__(self, status: Status | None, bans: tuple[BanView, ...], trouble: str | None) -> None:
        self.status = status
        self.bans = bans
        self.trouble = trouble


class ServiceLine:
    """The sockets of the service; `change` is the one for changes."""

    def __init__(self, read: Path, change: Callable[[], Path]) -> None:
        self._reading = ControlClient(read, limit_s=LIMIT_S)
        self._change = change
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self._asked_s = -FRESH_S
        self._standing = Standing(None, (), None)

    async def standing(self) -> Standing:
        """Say how the service is doing; at most a second old."""
        async with self._slots:
            if time.monotonic() - self._asked_s >= FRESH_S:
                self._standing = await asyncio.to_thread(self._ask)
                self._asked_s = time.monotonic()
            return self._standing

    async def audit(self) -> AuditView | None:
        """Give what the service knows of open ports; None if it does not answer."""
        async with self._slots:
            return await asyncio.to_thread(self._ask_audit)

    async def ban(self, request: BanRequest) -> Done:
        """Ban a source; raise ScanwardenError with what the service answered."""
        return await self._tell(lambda client: client.ban(request))

    async def unban(self, source: Prefix) -> Done:
        """Lift the bans of a source; raise ScanwardenError with what the service answered."""
        return await self._tell(lambda client: client.unban(source))

    async def allow(self, source: Prefix) -> Done:
        """Never ban a network until the next reload; raise ScanwardenError with what the service answered."""
        return await self._tell(lambda client: client.allow(source))

    async def _tell(self, change: Callable[[ControlClient], Answer]) -> Answer:
        async with self._slots:
            self._asked_s = -FRESH_S
            return await asyncio.to_thread(lambda: change(ControlClient(self._change(), limit_s=LIMIT_S)))

    def _ask_audit(self) -> AuditView | None:
        try:
            return decode(self._reading.raw("/audit"), AuditView)
        except (ScanwardenError, msgspec.MsgspecError):
            return None

    def _ask(self) -> Standing:
        try:
            return Standing(self._reading.status(), tuple(self._reading.bans()), None)
        except ScanwardenError as error:
            return Standing(None, (), error.message)
