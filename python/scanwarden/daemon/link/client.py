"""Keep a connection to the brain, and tell it again what it had not dealt with when it ended."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from pathlib import Path

from scanwarden.daemon.link.messages import (
    HEAD,
    Counts,
    Found,
    Hello,
    LinkError,
    Message,
    Receive,
    Taken,
    Told,
    body_bytes,
    frame,
    unpack,
)
from scanwarden.daemon.link.outbox import Outbox
from scanwarden.model.records import Statement

log = logging.getLogger(__name__)
RETRY_S = 0.05


class Link:
    """One part's connection to the brain, made anew for as long as it takes.

    What is told waits while there is no connection. Of counts and findings only the newest are worth sending.
    """

    def __init__(self, path: Path, *, hello: Callable[[], Hello], receive: Receive) -> None:
        self._path = path
        self._hello = hello
        self._receive = receive
        self._outbox = Outbox()
        self._states: dict[type, bytes] = {}
        self._unsent: set[type] = set()
        self._sent = 0
        self._has_news = asyncio.Event()

    @property
    def dropped(self) -> int:
        """Return how many statements were lost because the brain was away for too long."""
        return self._outbox.dropped

    def tell(self, statement: Statement) -> None:
        """Hand over a statement, now or when the brain is back."""
        number = self._outbox.next_number()
        try:
            self._outbox.put(number, frame(Told(number, statement)))
        except LinkError as error:
            self._outbox.dropped += 1
            log.warning("a statement was lost", extra={"reason": str(error)})
        self._has_news.set()

    def report(self, message: Counts | Found) -> None:
        """Send a state, and again on every new connection until there is a newer one."""
        self._states[type(message)] = frame(message)
        self._unsent.add(type(message))
        self._has_news.set()

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_unix_connection(str(self._path))
                try:
                    await self._converse(reader, writer)
                finally:
                    writer.close()
            await asyncio.sleep(RETRY_S)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame(self._hello()))
        self._sent = 0
        self._unsent = set(self._states)
        self._has_news.set()
        tasks = [asyncio.create_task(self._listen(reader)), asyncio.create_task(self._speak(writer))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, LinkError):
                log.warning("the brain was not understood", extra={"reason": str(result)})
            elif isinstance(result, Exception) and not isinstance(result, OSError | EOFError):
                raise result

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            message = await read_message(reader)
            if isinstance(message, Taken):
                self._outbox.taken(message.number)
            else:
                self._receive(message)

    async def _speak(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            for number, packed in self._outbox.after(self._sent):
                writer.write(packed)
                await writer.drain()
                self._sent = number
            unsent, self._unsent = self._unsent, set()
            for kind in unsent:
                writer.write(self._states[kind])
            await writer.drain()


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Read one message; raise LinkError if it is none, EOFError or OSError when the connection ends."""
    head = await reader.readexactly(HEAD.size)
    return unpack(await reader.readexactly(body_bytes(head)))
