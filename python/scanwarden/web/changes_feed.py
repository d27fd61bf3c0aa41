"""Tell open pages that the store has changed; one question a second serves them all."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from scanwarden.errors import StoreError
from scanwarden.web.store_questions import StoreQuestions

MAX_LISTENERS = 24
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 15.0


class ChangesFeed:
    """The open pages. Each keeps at most one waiting message, for a page is renewed as a whole."""

    def __init__(self, store: StoreQuestions, *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._store = store
        self._look_every_s = look_every_s
        self._listeners: set[asyncio.Event] = set()
        self._looking: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Say whether no further page can listen."""
        return len(self._listeners) >= MAX_LISTENERS

    async def listen(self) -> AsyncGenerator[str, None]:
        """Yield server-sent events: `changed` whenever the store has, and a comment when it was quiet for long."""
        changed = asyncio.Event()
        self._listeners.add(changed)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield "retry: 3000\n\n"
            while True:
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield "event: beat\ndata: \n\n"
                else:
                    changed.clear()
                    yield "event: changed\ndata: \n\n"
        finally:
            self._listeners.discard(changed)

    async def close(self) -> None:
        """Stop looking."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking

    async def _look(self) -> None:
        """Compare the store's mark of changes, as long as anybody listens."""
        mark: object = None
        while self._listeners:
            with contextlib.suppress(StoreError):  # it is away for a moment; the next look finds it again
                seen = await self._store.ask(lambda reader: (id(reader), reader.change_mark()))
                if mark is not None and seen != mark:
                    for one in self._listeners:
                        one.set()
                mark = seen
            await asyncio.sleep(self._look_every_s)
