"""Hand each record to everybody who listens; whoever is slow misses some."""

import asyncio
from collections.abc import AsyncIterator

from scanwarden.control.contract import RefusedError
from scanwarden.formats import native
from scanwarden.model.records import Record

MAX_LISTENERS = 32
MAX_WAITING = 1000  # records for one listener; then the oldest is dropped
HEARTBEAT_S = 15.0


class Hub:
    """The listeners to the stream of records."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes]] = set()
        self.dropped = 0

    def tell(self, record: Record) -> None:
        """Hand a record to every listener."""
        if not self._queues:
            return
        line = native.encode(record)
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
                self.dropped += 1
            queue.put_nowait(line)

    async def listen(self) -> AsyncIterator[bytes]:
        """Yield records as JSON, and nothing (b"") first and whenever it was quiet for 15 seconds."""
        if len(self._queues) >= MAX_LISTENERS:
            raise RefusedError(f"{MAX_LISTENERS} listen already", remedy="end another one")
        queue: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        self._queues.add(queue)
        try:
            yield b""
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    yield b""
        finally:
            self._queues.discard(queue)
