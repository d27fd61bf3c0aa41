"""Take connections and datagrams from a door's sockets, say the banner, hear the first bytes, report.

There are never more than 256 conversations, each ends after a few seconds, and beyond some hundred datagrams a round
the kernel drops them.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Literal

import msgspec

from scanwarden.errors import AddressError
from scanwarden.model.address import Address
from scanwarden.sensors.traps.door import Asked, Door
from scanwarden.sensors.traps.listening import receive
from scanwarden.sensors.traps.touch import TrapObserver, TrapTouch, shown

MAX_CONVERSATIONS = 256
MAX_DATAGRAMS_A_ROUND = 800
_EXHAUSTED = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


class Manners(msgspec.Struct, frozen=True, kw_only=True):
    """How a source is treated: what it is told, how much of what it says is kept, how long it may speak."""

    banner: bytes = b""
    keep_bytes: int = 256
    wait_s: float = 5.0


class Reception:
    """Report who touched which trap; `wall_ns` tells the time in nanoseconds since 1970."""

    def __init__(self, door: Door, observer: TrapObserver, wall_ns: Callable[[], int], manners: Manners) -> None:
        self._door = door
        self._observer = observer
        self._wall_ns = wall_ns
        self._manners = manners
        self._conversations: set[asyncio.Task[None]] = set()
        self._datagrams_left = MAX_DATAGRAMS_A_ROUND
        self.counters = {"connections": 0, "datagrams": 0, "not_led_here": 0, "cut_off": 0}

    def begin_round(self) -> None:
        """Allow the next round's datagrams."""
        self._datagrams_left = MAX_DATAGRAMS_A_ROUND

    def take(self, listener: socket.socket) -> bool:
        """Take one connection or datagram; False if this socket should rest until the next round."""
        return self._accept(listener) if listener.type == socket.SOCK_STREAM else self._receive(listener)

    async def close(self) -> None:
        """End every conversation."""
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def _accept(self, listener: socket.socket) -> bool:
        try:
            connection, (source, source_port, *_) = listener.accept()
        except OSError as error:  # mostly the source has left already
            return error.errno not in _EXHAUSTED
        connection.setblocking(False)
        self.counters["connections"] += 1
        touch = self._touch("tcp", source, source_port, self._door.asked_of_connection(connection))
        if touch is None:
            connection.close()
        elif len(self._conversations) >= MAX_CONVERSATIONS:
            self.counters["cut_off"] += 1
            connection.close()
        else:
            conversation = asyncio.get_running_loop().create_task(self._talk(connection, touch))
            self._conversations.add(conversation)
            conversation.add_done_callback(self._conversations.discard)
        return True

    async def _talk(self, connection: socket.socket, touch: TrapTouch) -> None:
        loop = asyncio.get_running_loop()
        heard = b""
        with connection, contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._manners.wait_s):
                if self._manners.banner:
                    await loop.sock_sendall(connection, self._manners.banner)
                while len(heard) < self._manners.keep_bytes:
                    piece = await loop.sock_recv(connection, self._manners.keep_bytes - len(heard))
                    if not piece:
                        break
                    heard += piece
        if heard:
            self._observer.heard(touch, shown(heard))

    def _receive(self, listener: socket.socket) -> bool:
        if self._datagrams_left <= 0:  # the kernel's buffer fills and drops the rest
            self.counters["cut_off"] += 1
            return False
        self._datagrams_left -= 1
        try:
            sent, source, source_port, local = receive(listener, self._manners.keep_bytes)
        except (OSError, AddressError):
            return True
        self.counters["datagrams"] += 1
        asked = None if local is None else self._door.asked_of_datagram(listener, local, (source, source_port))
        touch = self._touch("udp", str(source), source_port, asked)
        if touch is not None and sent:
            self._observer.heard(touch, shown(sent))
        return True

    def _touch(
        self, protocol: Literal["tcp", "udp"], source: str, source_port: int, asked: Asked | None
    ) -> TrapTouch | None:
        """Report a touch; None for what was not led here, such as a connection to our own port."""
        if asked is None:
            self.counters["not_led_here"] += 1
            return None
        touch = TrapTouch(
            time_ns=self._wall_ns(),
            source=Address.parse(source),
            source_port=source_port,
            target=asked[0],
            protocol=protocol,
            port=asked[1],
            verified=protocol == "tcp",
        )
        self._observer.touched(touch)
        return touch
