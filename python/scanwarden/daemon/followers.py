"""Have further responders do what the leading one does, each in its own time, and say which of them fails.

A responder that is slow, away or broken delays nobody else. What it missed it gets when it is back.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from scanwarden.control.views import ResponderHealth
from scanwarden.daemon.enforcer import MAX_BATCH, Clocks
from scanwarden.errors import BanError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Banned, Record, Unbanned
from scanwarden.model.time import NS_PER_S
from scanwarden.responders.contract import Responder

log = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5
LONGEST_PAUSE_S = 15.0
MAX_MISSED = 65_536  # changes that wait for one responder; beyond it the oldest is forgotten and counted
MAX_FAILURES = 4  # in a row, after which a responder is left alone for a while
EXPIRED = "expired"
Notify = Callable[[str, str], None]
Answer = TypeVar("Answer")


class Follower:
    """One further responder, kept in step with the bans that are in force."""

    def __init__(self, responder: Responder, *, notify: Notify, clocks: Clocks) -> None:
        self._responder = responder
        self._notify = notify
        self._clocks = clocks
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=responder.name)
        self._wanted: dict[bytes, tuple[int, Ban]] = {}  # what the leader has in force, and bounded with it
        self._missed: OrderedDict[bytes, Prefix] = OrderedDict()
        self._refused: set[bytes] = set()
        self._held: set[bytes] = set()
        self._has_news = asyncio.Event()
        self._is_prepared = False
        self._protected: PrefixTable | None = None  # when it has not been told yet
        self._most = MAX_BATCH
        self._pause_s = LOOK_EVERY_S
        self.trouble: str | None = "it has not answered yet"
        self._told: str | None = None
        self.dropped = 0

    @property
    def name(self) -> str:
        """Return the name by which settings know the responder."""
        return self._responder.name

    @property
    def health(self) -> ResponderHealth:
        """Say how the responder is doing; while it does not work as a whole it is said to hold nothing."""
        return ResponderHealth(
            name=self.name,
            bans_in_force=len(self._held) if self._is_prepared else 0,
            refused=len(self._refused),
            waiting=len(self._missed),
            trouble=self.trouble,
        )

    def holds(self, source: Prefix) -> bool:
        """Say whether the responder has acknowledged the ban of exactly this source, and works."""
        return self._is_prepared and source.key in self._held

    def take(self, record: Banned | Unbanned) -> None:
        """Do the same as the leading responder did, soon."""
        key = record.source.key
        self._refused.discard(key)
        if isinstance(record, Banned):
            left_ns = record.expires_at - self._clocks.wall_ns()
            self._wanted[key] = (self._clocks.monotonic_ns() + left_ns, _ban_of(record))
        else:
            self._wanted.pop(key, None)
            if record.reason == EXPIRED:  # so it does here, or where bans end for it
                self._held.discard(key)
                self._missed.pop(key, None)
                return
        self._missed.pop(key, None)
        self._missed[key] = record.source
        if len(self._missed) > MAX_MISSED:
            self._missed.popitem(last=False)
            self.dropped += 1
        self._has_news.set()

    def protect(self, protected: PrefixTable) -> None:
        """Have these never banned from the next look on."""
        self._protected = protected
        self._has_news.set()

    async def run(self) -> None:
        """Keep the responder in step until cancelled."""
        while True:
            await asyncio.shield(self.keep_step())
            await self._wait()

    async def keep_step(self) -> None:
        """Repair what somebody changed, and do what was missed; what fails is told and tried again next time."""
        try:
            await self._catch_up()
        except ResponderError as error:
            self._fail(str(error))
        else:
            self._succeed()

    async def leave(self) -> None:
        """Give back what is held open and leave bans in force."""
        try:
            await self._on_thread(self._responder.close)
        finally:
            self._thread.shutdown(cancel_futures=True)

    async def _wait(self) -> None:
        """Wait for news, or until it is time to look; a responder in trouble is left alone for a while."""
        if self.trouble is not None:
            await asyncio.sleep(self._pause_s)
            return
        try:
            await asyncio.wait_for(self._has_news.wait(), LOOK_EVERY_S)
        except TimeoutError:
            return

    async def _catch_up(self) -> None:
        try:
            if not self._is_prepared or not await self._on_thread(self._responder.is_intact):
                await self._on_thread(self._responder.prepare)
            await self._protect()
            await self._on_thread(self._responder.refresh)
        except ResponderError:
            self._is_prepared = False
            raise
        self._is_prepared = True
        self._has_news.clear()
        await self._do_missed()

    async def _protect(self) -> None:
        protected = self._protected
        if protected is None:
            return
        lifted = await self._on_thread(lambda: self._responder.protect(protected))
        self._held.difference_update(source.key for source in lifted)
        if self._protected is protected:
            self._protected = None

    async def _do_missed(self) -> None:
        failures = 0
        last: BanError | None = None
        for _ in range(len(self._missed)):
            if not self._missed:
                break
            batch = [self._missed.popitem(last=False) for _ in range(min(self._most, len(self._missed)))]
            try:
                await self._change(batch)
            except BanError as error:
                self._missed.update({key: source for key, source in batch if key not in self._missed})
                self._most = 1  # one that fails must not keep back the others
                failures, last = failures + 1, error
                if failures >= MAX_FAILURES:
                    break
            else:
                failures = 0
                self._most = min(MAX_BATCH, self._most * 2)
        if last is not None:
            raise last

    async def _change(self, batch: Sequence[tuple[bytes, Prefix]]) -> None:
        now_ns = self._clocks.monotonic_ns()
        bans = []
        lifted = []
        for key, source in batch:
            wanted = self._wanted.get(key)
            if wanted is None:
                lifted.append(source)
            elif (left_s := -(-(wanted[0] - now_ns) // NS_PER_S)) > 0:
                bans.append(msgspec.structs.replace(wanted[1], duration_s=left_s))
        if lifted:
            await self._on_thread(lambda: self._responder.unban(lifted))
            self._held.difference_update(source.key for source in lifted)
        if not bans:
            return
        receipt = await self._on_thread(lambda: self._responder.ban(bans))
        self._held.update(ban.source.key for ban in receipt.in_force if ban.source.key in self._wanted)
        self._held.difference_update(source.key for source in receipt.evicted)
        for refusal in receipt.refused:
            self._held.discard(refusal.ban.source.key)
            self._refused.add(refusal.ban.source.key)
            self._notify("ban_refused", f"{self.name} does not ban {refusal.ban.source}: {refusal.reason}")
        self._refused.intersection_update(self._wanted)

    def _fail(self, reason: str) -> None:
        self.trouble = reason
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        if self._told != reason:  # said once while it lasts
            self._told = reason
            self._notify("responder_broken", f"{self.name} does not ban: {reason}")

    def _succeed(self) -> None:
        self.trouble = None
        self._pause_s = LOOK_EVERY_S
        if self._told is not None:
            self._told = None
            self._notify("responder_repaired", f"{self.name} bans again: {len(self._held)} sources")

    async def _on_thread(self, call: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


class Followers:
    """All further responders of one service."""

    def __init__(self, responders: Sequence[Responder], *, notify: Notify, clocks: Clocks) -> None:
        self._followers = tuple(Follower(one, notify=notify, clocks=clocks) for one in responders)

    def __iter__(self) -> Iterator[Follower]:
        return iter(self._followers)

    def take(self, record: Record) -> None:
        """Have all of them do what the leading responder did; other records are passed over."""
        if isinstance(record, Banned | Unbanned):
            for follower in self._followers:
                follower.take(record)

    def protect(self, protected: PrefixTable) -> None:
        """Have all of them never ban these from their next look on."""
        for follower in self._followers:
            follower.protect(protected)

    def holding(self, source: Prefix) -> tuple[str, ...]:
        """Name those that hold the ban of exactly this source."""
        return tuple(follower.name for follower in self._followers if follower.holds(source))


def _ban_of(record: Banned) -> Ban:
    """Make the ban again that a record tells of; whether established flows are spared follows from the evidence."""
    return Ban(
        id=record.id,
        source=record.source,
        starts_at=record.time,
        duration_s=record.duration_s,
        reason=record.reason,
        forgeable=record.forgeable,
        spare_established=record.forgeable,
    )
