"""Find out for the others whom this host needs: it may start programs and ask for names, and holds no capability."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from scanwarden.config import Settings, load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import Names
from scanwarden.daemon.link.client import Link
from scanwarden.daemon.link.messages import Found, Hello, Look, Message
from scanwarden.daemon.protection import NetworkChanges, Protection, compute
from scanwarden.daemon.renewal import Renewal
from scanwarden.daemon.service.tasks import end_all, until_stopped
from scanwarden.errors import ScanwardenError

log = logging.getLogger(__name__)


class Scout:
    """Look again whenever the network changes, once a minute, and when the brain asks."""

    def __init__(self, settings: Settings, *, file: Path, path: Path, find: Callable[[], Protection] = compute) -> None:
        """Take the configuration, the file to read it from again, and the brain's socket."""
        self._settings = settings
        self._file = file
        self._find = find
        self._names = Names()
        self._link = Link(path, hello=lambda: Hello("scout"), receive=self._receive)
        self._asked = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM."""
        stopped = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
        with NetworkChanges() as changes:
            await self._renew(await asyncio.to_thread(self._find))
            work = [self._link.run(), Renewal(changes, self._renew, find=self._find).run(), self._answer()]
            tasks = [asyncio.create_task(one) for one in work]
            try:
                await until_stopped(stopped, tasks)
            finally:
                await end_all(tasks)

    async def _renew(self, protection: Protection) -> None:
        await asyncio.to_thread(self._names.look_up, self._settings.of(PolicySettings).allowlist)
        self._link.report(
            Found(
                labels=tuple(protection.labels.items()),
                on_link=protection.on_link,
                gaps=protection.gaps,
                names=tuple(self._names.known.items()),
                name_gaps=self._names.gaps,
            )
        )

    async def _answer(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                self._settings = await asyncio.to_thread(load, self._file, os.environ)
            except ScanwardenError as error:
                log.warning("the configuration stays as it was", extra={"reason": str(error)})
            await self._renew(await asyncio.to_thread(self._find))

    def _receive(self, message: Message) -> None:
        if isinstance(message, Look):
            self._asked.set()
