"""Send what the outpost has to say to whoever listens; with nobody there, the last thousand messages wait."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Sequence

from scanwarden.daemon.outpost.messages import Heard, Message, Noted, Touched, pack
from scanwarden.daemon.part_socket import peer_uid
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record
from scanwarden.sensors.traps import TrapTouch

MAX_WAITING = 1000


class Reporter:
    """Queue messages, the oldest dropped beyond a thousand, and send them over the latest connection.

    It takes what traps report, so that it can stand where the detector stands in one process.
    """

    def __init__(self, listener: socket.socket, *, uids: Sequence[int]) -> None:
        """Take a listening SOCK_SEQPACKET socket, and the users that may connect to it."""
        self._listener = listener
        self._listener.setblocking(False)
        self._uids = frozenset(uids)
        self._waiting: deque[bytes] = deque()
        self._news = asyncio.Event()
        self.dropped = 0

    def touched(self, touch: TrapTouch) -> None:
        """Report a touch."""
        self._put(Touched(touch))

    def heard(self, touch: TrapTouch, words: str) -> None:
        """Report what was said to a trap."""
        self._put(Heard(touch, words))

    def tell(self, record: Record) -> None:
        """Report a notice; other records are not the outpost's to tell."""
        if isinstance(record, Notice):
            self._put(Noted(record))

    async def run(self) -> None:
        """Serve one listener after the other until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(self._listener)
            with connection:
                if peer_uid(connection) in self._uids:
                    with contextlib.suppress(OSError):  # the listener went away; the next one gets the rest
                        await self._send_all(loop, connection)

    async def _send_all(self, loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
        connection.setblocking(False)
        gone = asyncio.create_task(_until_gone(loop, connection))
        try:
            while not gone.done():
                while self._waiting:
                    await loop.sock_sendall(connection, self._waiting[0])
                    self._waiting.popleft()
                self._news.clear()
                news = asyncio.create_task(self._news.wait())
                await asyncio.wait({gone, news}, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
        finally:
            gone.cancel()

    def _put(self, message: Message) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(pack(message))
        self._news.set()


async def _until_gone(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    """Wait for the other side to close; it has nothing to say."""
    with contextlib.suppress(OSError):
        while await loop.sock_recv(connection, 1):
            pass
