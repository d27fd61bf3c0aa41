"""Share the partitions among the correlators that are alive, by values of a bucket that end unless they are renewed.

Each correlator says that it is there and holds as many partitions as its share. A lease is taken only over the revision
that was read, so two never hold one; one whose time has passed is free for whoever comes first.
"""

import logging
import math
from collections.abc import Callable

import msgspec

from scanwarden.fleet.bus import LEASES, Bus, Entry
from scanwarden.fleet.errors import ConflictError
from scanwarden.model.time import NS_PER_S
from scanwarden.store.sightings import PARTITIONS

log = logging.getLogger(__name__)
LEASE_S = 6.0
RENEW_EVERY_S = 1.5


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds something until when, and up to which message its results are out."""

    holder: str
    until_ns: int
    done: int = 0


class Leases:
    """The leases of one correlator."""

    def __init__(self, bus: Bus, *, name: str, now_ns: Callable[[], int], lease_s: float = LEASE_S) -> None:
        self._bus = bus
        self._name = name
        self._now_ns = now_ns
        self._lease_ns = round(lease_s * NS_PER_S)
        self._revisions: dict[int, int] = {}
        self._done: dict[int, int] = {}

    @property
    def held(self) -> frozenset[int]:
        """Give the partitions this correlator holds, as far as it knows."""
        return frozenset(self._revisions)

    def done(self, partition: int) -> int:
        """Give the number of the message up to which the results of a held partition are out."""
        return self._done[partition]

    def note_done(self, partition: int, number: int) -> None:
        """Note that the results of a message are out; the next renewal tells others."""
        self._done[partition] = max(self._done[partition], number)

    async def renew(self) -> frozenset[int]:
        """Renew what is held, take what is free, give back what is too much; give what is held now."""
        now_ns = self._now_ns()
        await self._bus.put(LEASES, f"member.{self._name}", self._lease(0))
        share = math.ceil(PARTITIONS / await self._members(now_ns))
        for partition in sorted(self._revisions):
            await self._extend(partition)
        for partition in sorted(self._revisions)[share:]:
            await self._give_back(partition)
        for partition in self._in_own_order():
            if len(self._revisions) >= share:
                break
            if partition not in self._revisions:
                await self._take(partition, now_ns)
        return self.held

    async def release(self) -> None:
        """Give everything back: this correlator ends."""
        for partition in sorted(self._revisions):
            await self._give_back(partition)
        await self._bus.put(LEASES, f"member.{self._name}", None)

    def lose_all(self) -> None:
        """Take it that others hold everything: the bus was away for longer than a lease lasts."""
        self._revisions.clear()

    def _in_own_order(self) -> list[int]:
        """Give all partitions, beginning at a place of this correlator's own, so that several hardly collide."""
        first = sum(self._name.encode()) % PARTITIONS
        return [(first + step) % PARTITIONS for step in range(PARTITIONS)]

    async def _members(self, now_ns: int) -> int:
        members = 0
        async for entry in self._bus.watch(LEASES):
            if entry is None:
                break
            if entry.key.startswith("member.") and entry.value is not None:
                members += _lease_of(entry).until_ns > now_ns
        return max(1, members)

    async def _extend(self, partition: int) -> None:
        try:
            lease = self._lease(self._done[partition])
            revision = self._revisions[partition]
            self._revisions[partition] = await self._bus.put(LEASES, str(partition), lease, revision=revision)
        except ConflictError:
            log.warning("another correlator took a partition", extra={"partition": partition})
            del self._revisions[partition]

    async def _give_back(self, partition: int) -> None:
        revision = self._revisions.pop(partition)
        free = Lease(holder=self._name, until_ns=0, done=self._done[partition])
        try:
            await self._bus.put(LEASES, str(partition), msgspec.json.encode(free), revision=revision)
        except ConflictError:
            log.info("a partition was taken before it was given back", extra={"partition": partition})

    async def _take(self, partition: int, now_ns: int) -> None:
        entry = await self._bus.get(LEASES, str(partition))
        last = _lease_of(entry) if entry is not None else None
        if last is not None and last.until_ns > now_ns and last.holder != self._name:
            return
        done = last.done if last is not None else 0
        try:
            revision = entry.revision if entry is not None else 0
            self._revisions[partition] = await self._bus.put(
                LEASES, str(partition), self._lease(done), revision=revision
            )
            self._done[partition] = done
        except ConflictError:
            log.info("another correlator was first", extra={"partition": partition})

    def _lease(self, done: int) -> bytes:
        until_ns = self._now_ns() + self._lease_ns
        return msgspec.json.encode(Lease(holder=self._name, until_ns=until_ns, done=done))


def _lease_of(entry: Entry) -> Lease:
    try:
        return msgspec.json.decode(entry.value or b"", type=Lease)
    except msgspec.MsgspecError:
        return Lease(holder="", until_ns=0)  # what cannot be read holds nothing
