"""Carry bans out in batches while packets go on being read, and know which are in force.

The responder blocks while the firewall works, so it runs on one thread of its own. Bans that are asked for in the
meantime wait and go together into the next batch.
"""

import asyncio
import heapq
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from scanwarden.daemon.unmade import Unmade
from scanwarden.errors import BanError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.notice import Notice
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.records import Banned, Record, Unbanned
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.responders.contract import BanReceipt, Responder

MAX_WAITING = 4096  # sources; beyond it the ban asked for first gives way and is counted
MAX_BATCH = 256
MAX_ENDED_AT_ONCE = 256  # that are told before anything else gets its turn: a hundred thousand may end together
REPAIR_EVERY_S = 0.5
LONGEST_LOOK_S = 1.0

Answer = TypeVar("Answer")


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """The two clocks of the host in nanoseconds: `wall_ns` dates records, `monotonic_ns` ends bans."""

    wall_ns: Callable[[], int]
    monotonic_ns: Callable[[], int]


class Enforcer:
    """Ban sources through one responder.

    `tell` gets a record for each ban that begins, ends or fails; `on_refused` each source not banned after all,
    `on_lifted` each whose ban was lifted by hand, with the time of that.
    """

    def __init__(
        self,
        responder: Responder,
        *,
        tell: Callable[[Record], None],
        on_refused: Callable[[Prefix], None],
        on_lifted: Callable[[Prefix, Timestamp], None],
        sensor: str,
        clocks: Clocks,
    ) -> None:
        self._responder = responder
        self._tell = tell
        self._on_refused = on_refused
        self._on_lifted = on_lifted
        self._sensor = sensor
        self._clocks = clocks
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="responder")
        self._waiting: OrderedDict[bytes, Ban] = OrderedDict()
        self._is_wanted = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._in_force: dict[bytes, tuple[int, Banned]] = {}
        self._ends: list[tuple[int, bytes]] = []
        self.bans_made = 0
        self.bans_dropped = 0
        self._unmade = Unmade(max_bans=MAX_WAITING, monotonic_ns=clocks.monotonic_ns)
        self.trouble: str | None = None
        self._repairing = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None

    def request(self, ban: Ban) -> None:
        """Have a source banned with the next batch; a later request for the same source replaces an earlier one."""
        self._waiting[ban.source.key] = ban
        if len(self._waiting) > MAX_WAITING:
            _, dropped = self._waiting.popitem(last=False)
            self.bans_dropped += 1
            self._on_refused(dropped.source)
        self._is_wanted.set()
        self._is_idle.clear()

    async def run(self) -> None:
        """Carry out what is requested until cancelled; a batch that has begun is finished."""
        while True:
            await self._is_wanted.wait()
            batch = self._next_batch()
            await asyncio.shield(self._carry_out(batch))
            if not self._waiting:
                self._is_idle.set()

    async def wait_until_idle(self) -> None:
        """Wait until everything requested so far was carried out or has failed."""
        await self._is_idle.wait()

    def expire(self) -> bool:
        """Tell of the bans that have ended by themselves, some at a time; say whether there are more."""
        now_ns = self._clocks.monotonic_ns()
        for _ in range(MAX_ENDED_AT_ONCE):
            if not self._has_ended(now_ns):
                break
            ends_ns, key = heapq.heappop(self._ends)
            held = self._in_force.get(key)
            if held is not None and held[0] == ends_ns:
                del self._in_force[key]
                self._tell(_unbanned(held[1], self._now(), "expired"))
        return self._has_ended(now_ns)

    async def prepare(self) -> None:
        """Bring the firewall into shape; raise ResponderError if that fails."""
        await self._on_thread(self._responder.prepare)

    async def protect(self, protected: PrefixTable) -> None:
        """Never ban these from now on, and lift the bans that touch them."""
        try:
            lifted = await self._on_thread(lambda: self._responder.protect(protected))
        except ResponderError as error:
            self._notice("firewall_broken", f"the protected set was not renewed: {error}")
            return
        for source in lifted:
            self._end(source, "it became protected")

    async def keep_intact(self) -> None:
        """Look after the firewall twice a second until cancelled."""
        while True:
            await asyncio.sleep(REPAIR_EVERY_S)
            await self.repair()

    async def look(self) -> str | None:
        """Look at the firewall now, and say what keeps the bans from being in force; None if they are.

        What somebody changed is repaired first. A firewall that does not answer within a second is trouble too.
        """
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self.repair())
        try:
            await asyncio.wait_for(asyncio.shield(self._looking), LONGEST_LOOK_S)
        except TimeoutError:
            return self.trouble or f"the firewall does not answer within {LONGEST_LOOK_S:g} s"
        return self.trouble

    async def repair(self) -> None:
        """Put the firewall back into shape if somebody changed it, and re-arm long bans."""
        async with self._repairing:
            await self._repair()

    async def _repair(self) -> None:
        try:
            if not await self._on_thread(self._responder.is_intact):
                await self._on_thread(self._responder.prepare)
                self._notice("firewall_repaired", "somebody changed our part of the firewall; it is in place again")
            await self._on_thread(self._responder.refresh)
        except ResponderError as error:
            if self.trouble != str(error):  # said once while it lasts
                self.trouble = str(error)
                self._notice("firewall_broken", self.trouble)
        else:
            self.trouble = None
            for ban in self._unmade.again():
                self.request(ban)

    async def ban_now(self, ban: Ban) -> str | None:
        """Ban one source and say why it is not banned after all; None when it is. Raise BanError."""
        receipt = await self._on_thread(lambda: self._responder.ban([ban]))
        self._record(receipt)
        return receipt.refused[0].reason if receipt.refused else None

    async def unban(self, sources: Sequence[Prefix], reason: str) -> Sequence[Prefix]:
        """Lift the bans of these sources and return those that were banned; raise BanError."""
        for source in sources:
            self._unmade.forget(source)
        lifted = await self._on_thread(lambda: self._responder.unban(sources))
        for source in lifted:
            self._on_lifted(source, self._now())
            self._end(source, reason)
        return lifted

    async def restore(self, bans: Sequence[Ban]) -> int:
        """Put bans of an earlier run in force again for what is left of them, and return how many; say nothing new."""
        now = self._now()
        left = {
            ban.source.key: (ban, remaining_s)
            for ban in bans
            if (remaining_s := math.ceil(ban.expires_at.seconds_since(now))) > 0
        }
        asked = [msgspec.structs.replace(ban, duration_s=remaining_s) for ban, remaining_s in left.values()]
        receipt = await self._on_thread(lambda: self._responder.ban(asked))
        for ban in receipt.in_force:
            self._hold(left[ban.source.key][0], started=ban.starts_at, remaining_s=ban.duration_s)
        for refusal in receipt.refused:
            self._notice("ban_not_restored", f"{refusal.ban.source} is not banned again: {refusal.reason}")
        return len(receipt.in_force)

    def bans(self) -> list[Banned]:
        """Return the bans that have not ended, the last made first."""
        now_ns = self._clocks.monotonic_ns()
        return [banned for ends_ns, banned in reversed(self._in_force.values()) if ends_ns > now_ns]

    def bans_in_pieces(self, size: int) -> Iterator[list[Banned]]:
        """Yield the bans of this moment, at most `size` at a time; each piece leaves out what has ended by then."""
        keys = list(self._in_force)
        for start in range(0, len(keys), size):
            held = [self._in_force.get(key) for key in keys[start : start + size]]
            yield [one[1] for one in held if one is not None]

    async def leave(self) -> None:
        """Stop, and leave the bans in force for the next run to take over."""
        try:
            await self._on_thread(self._responder.close)
        finally:
            self._thread.shutdown()

    async def close(self) -> None:
        """Lift every ban and remove what is ours from the firewall; raise ResponderError if that fails."""
        try:
            await self._on_thread(self._responder.cleanup)
            for _, banned in list(self._in_force.values()):
                self._tell(_unbanned(banned, self._now(), "the watch ended"))
            self._in_force.clear()
        finally:
            self._thread.shutdown()

    @property
    def responder_name(self) -> str:
        """Return the name by which settings know the responder."""
        return self._responder.name

    @property
    def in_force(self) -> int:
        """Give the number of bans that have not ended, whether or not their end was told already."""
        now_ns = self._clocks.monotonic_ns()
        return len(self.bans()) if self._has_ended(now_ns) else len(self._in_force)

    def _has_ended(self, now_ns: int) -> bool:
        return bool(self._ends) and self._ends[0][0] <= now_ns

    def _next_batch(self) -> list[Ban]:
        batch = [self._waiting.popitem(last=False)[1] for _ in range(min(MAX_BATCH, len(self._waiting)))]
        if not self._waiting:
            self._is_wanted.clear()
        return batch

    async def _carry_out(self, batch: Sequence[Ban]) -> None:
        try:
            receipt = await self._on_thread(lambda: self._responder.ban(batch))
        except BanError as error:
            sources = ", ".join(str(ban.source) for ban in batch[:4])
            self._notice("ban_failed", f"not banned: {sources}: {error}", failed=len(batch))
            for ban in batch:
                self._on_refused(ban.source)
            self._unmade.add(batch)
        else:
            self._record(receipt)

    def _record(self, receipt: BanReceipt) -> None:
        for ban in receipt.in_force:
            self._begin(ban)
        for refusal in receipt.refused:
            self._notice("ban_refused", f"{refusal.ban.source} is not banned: {refusal.reason}", scan_id=refusal.ban.id)
            self._on_refused(refusal.ban.source)
            self._unmade.settle(refusal.ban.source)
        for source in receipt.evicted:
            self._end(source, "it gave way because the firewall's table is full")

    def _begin(self, ban: Ban) -> None:
        self._unmade.settle(ban.source)
        banned = self._hold(ban, started=self._now(), remaining_s=ban.duration_s)
        self.bans_made += 1
        self._tell(banned)

    def _hold(self, ban: Ban, *, started: Timestamp, remaining_s: int) -> Banned:
        """Remember a ban until it ends in `remaining_s`."""
        banned = Banned(
            id=ban.id,
            time=started,
            source=ban.source,
            duration_s=ban.duration_s,
            expires_at=started.plus(ban.duration_s),
            reason=ban.reason,
            responder=self._responder.name,
            forgeable=ban.forgeable,
        )
        ends_ns = self._clocks.monotonic_ns() + remaining_s * NS_PER_S
        self._in_force.pop(ban.source.key, None)
        self._in_force[ban.source.key] = (ends_ns, banned)
        heapq.heappush(self._ends, (ends_ns, ban.source.key))
        return banned

    def _end(self, source: Prefix, reason: str) -> None:
        held = self._in_force.pop(source.key, None)
        if held is not None:
            self._on_refused(source)
            self._tell(_unbanned(held[1], self._now(), reason))

    def _notice(self, kind: str, text: str, *, scan_id: str | None = None, **counts: int) -> None:
        self._tell(Notice(id=scan_id, time=self._now(), kind=kind, text=text, counts=counts, sensor=self._sensor))

    def _now(self) -> Timestamp:
        return Timestamp(self._clocks.wall_ns())

    async def _on_thread(self, call: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _unbanned(banned: Banned, now: Timestamp, reason: str) -> Unbanned:
    return Unbanned(
        id=banned.id,
        time=now,
        source=banned.source,
        duration_s=banned.duration_s,
        expires_at=banned.expires_at,
        reason=reason,
        responder=banned.responder,
        forgeable=banned.forgeable,
    )
