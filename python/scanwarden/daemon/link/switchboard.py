"""Listen to the parts, one connection for each, and speak to them by name."""

import asyncio
import logging
import socket
from collections.abc import Iterable, Sequence
from typing import Protocol

from scanwarden.daemon.link.client import read_message
from scanwarden.daemon.link.messages import Hello, LinkError, Message, Taken, Told, frame
from scanwarden.daemon.part_socket import peer_uid

log = logging.getLogger(__name__)
PARTS = frozenset({"sensor", "scout"})
MAX_UNSENT_BYTES = 8 << 20
HELLO_LIMIT_S = 10.0


class Listener(Protocol):
    """Whoever deals with what the parts say."""

    def arrived(self, hello: Hello) -> None:
        """Learn that a part is there; it may be spoken to."""

    def take(self, part: str, message: Message) -> None:
        """Deal with a message."""

    def left(self, part: str) -> None:
        """Learn that a part is gone."""


class Switchboard:
    """The brain's end of every link; a client of a user not in `uids` is turned away."""

    def __init__(self, listener: Listener, *, uids: Sequence[int]) -> None:
        self._listener = listener
        self._uids = uids
        self._writers: dict[str, asyncio.StreamWriter] = {}

    async def run(self, on: socket.socket) -> None:
        """Serve on a listening unix socket until cancelled."""
        server = await asyncio.start_unix_server(self._serve, sock=on)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for writer in self._writers.values():
                writer.close()

    def has(self, part: str) -> bool:
        """Say whether a part is there."""
        return part in self._writers

    def send(self, part: str, message: Message) -> bool:
        """Say something to a part; False if it is not there, or listens so slowly that it is hung up on."""
        writer = self._writers.get(part)
        if writer is None:
            return False
        if writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            writer.transport.abort()
            return False
        writer.write(frame(message))
        return True

    async def send_all(self, part: str, messages: Iterable[Message]) -> bool:
        """Say one thing after the other, each when the part has taken in most of those before; False if it left.

        `messages` are asked for one by one, so that each can say what is true when it is sent.
        """
        writer = self._writers.get(part)
        for message in messages:
            if writer is None or self._writers.get(part) is not writer:
                return False
            writer.write(frame(message))
            try:
                await writer.drain()
            except OSError:
                return False
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        part = None
        try:
            part = await self._welcome(reader, writer)
            while True:
                message = await read_message(reader)
                self._listener.take(part, message)
                if isinstance(message, Told):
                    writer.write(frame(Taken(message.number)))
                    await writer.drain()
        except (OSError, EOFError, TimeoutError):
            pass  # it ended, as parts do
        except asyncio.CancelledError:
            pass  # we end; asyncio of Python 3.11 prints a connection that was cancelled as an error
        except LinkError as error:
            log.warning("a part is not talked to any more", extra={"part": part, "reason": str(error)})
        finally:
            if part is not None and self._writers.get(part) is writer:
                del self._writers[part]
                self._listener.left(part)
            writer.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """Check who comes and as what; a part that comes again takes the place of its earlier self."""
        uid = peer_uid(writer.get_extra_info("socket"))
        if uid not in self._uids:
            raise LinkError(f"user {uid} is no part of the service")
        hello = await asyncio.wait_for(read_message(reader), HELLO_LIMIT_S)
        if not isinstance(hello, Hello) or hello.part not in PARTS:
            raise LinkError("who is no part does not say hello as one")
        if (earlier := self._writers.get(hello.part)) is not None:
            earlier.transport.abort()
        self._writers[hello.part] = writer
        self._listener.arrived(hello)
        return hello.part
