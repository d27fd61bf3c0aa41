"""A bus inside this process: what tests and the simulation run on."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable

from scanwarden.fleet.bus import Entry, StreamMessage
from scanwarden.fleet.cancelling import heeding
from scanwarden.fleet.errors import BusError, ConflictError

IDLE_S = 0.02  # without a new message, a reader hears so


class MemoryBus:
    """Everything is kept; `is_away` makes every call fail, as a bus that cannot be reached."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._parts: dict[tuple[str, str], list[StreamMessage]] = defaultdict(list)
        self._ids: set[tuple[str, str]] = set()
        self._buckets: dict[str, dict[str, Entry]] = defaultdict(dict)
        self._watchers: dict[str, list[asyncio.Queue[Entry | None]]] = defaultdict(list)
        self._number = 0
        self._changed = asyncio.Event()
        self.is_away = False

    async def publish(self, stream: str, part: str, payload: bytes, *, message_id: str) -> None:
        """Keep a message."""
        self._check()
        if (stream, message_id) in self._ids:
            return
        self._ids.add((stream, message_id))
        self._number += 1
        self._parts[stream, part].append(StreamMessage(self._number, self._now_ns(), payload))
        self._wake()

    async def read(self, stream: str, part: str, *, after: int) -> AsyncIterator[StreamMessage | None]:
        """Yield what is kept."""
        while True:
            self._check()
            waiting = [message for message in self._parts[stream, part] if message.number > after]
            for message in waiting:
                after = message.number
                yield message
            if not waiting:
                yield None
                await self._wait()

    async def get(self, bucket: str, key: str) -> Entry | None:
        """Give a value."""
        self._check()
        entry = self._buckets[bucket].get(key)
        return entry if entry is not None and entry.value is not None else None

    async def put(self, bucket: str, key: str, value: bytes | None, *, revision: int | None = None) -> int:
        """Set a value."""
        self._check()
        last = self._buckets[bucket].get(key)
        is_there = last is not None and last.value is not None
        if revision is not None and revision != (last.revision if last is not None and is_there else 0):
            raise ConflictError(f"{key} was changed by somebody else")
        self._number += 1
        entry = Entry(key, value, self._number)
        self._buckets[bucket][key] = entry
        for queue in self._watchers[bucket]:
            queue.put_nowait(entry)
        return entry.revision

    async def watch(self, bucket: str) -> AsyncIterator[Entry | None]:
        """Yield values and changes."""
        self._check()
        queue: asyncio.Queue[Entry | None] = asyncio.Queue()
        for entry in [*self._buckets[bucket].values(), None]:
            queue.put_nowait(entry)
        self._watchers[bucket].append(queue)
        try:
            while True:
                yield await queue.get()
                self._check()
        finally:
            self._watchers[bucket].remove(queue)

    async def close(self) -> None:
        """Keep everything: others use it too."""

    def messages(self, stream: str) -> list[bytes]:
        """Give the payloads of a stream in the order of arrival."""
        found = [one for (name, _), kept in self._parts.items() if name == stream for one in kept]
        return [one.payload for one in sorted(found, key=lambda one: one.number)]

    def _check(self) -> None:
        if self.is_away:
            raise BusError("the bus is away")

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _wait(self) -> None:
        changed = self._changed
        try:
            await heeding(asyncio.wait_for(changed.wait(), IDLE_S))
        except TimeoutError:
            return
