"""The correlator: it reads what hosts report, partition by partition, and publishes scans and bans.

Its memory of a partition is what the stream makes of it, so whoever takes a partition over reads the stream from the
beginning (a day at most), without repeating results that are out. How far that is stands in the lease. Results carry
names of their own, so that the few that might be repeated are stored once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from scanwarden.fleet.bus import BANS, DETECTIONS, HOSTS, SIGHTINGS, TALLIES, Bus
from scanwarden.fleet.correlation import Correlation, CorrelationSettings, Outcome
from scanwarden.fleet.errors import BusError
from scanwarden.fleet.hosts import HostList
from scanwarden.fleet.keys import SigningKey
from scanwarden.fleet.leases import LEASE_S, RENEW_EVERY_S, Leases
from scanwarden.fleet.messages import FleetBan, sign
from scanwarden.formats import native
from scanwarden.model.detection import Detection

log = logging.getLogger(__name__)
PAUSE_S = 1.0
TALLY_EVERY_S = 2.0
TURN = 1000  # messages between two looks at everything else, while a partition is read again


class PartitionTally(msgspec.Struct, frozen=True, kw_only=True):
    """What hosts reported in one partition: rows counted, rows over the quota, rows refused, messages repeated."""

    correlator: str
    time_ns: int
    hosts: dict[str, tuple[int, int, int, int]]
    unsigned: int


class Correlator:
    """One correlator; run it until it is cancelled. Several share the work."""

    def __init__(
        self,
        bus: Bus,
        *,
        name: str,
        key: SigningKey,
        secret: bytes,
        settings: CorrelationSettings,
        now_ns: Callable[[], int],
        lease_s: float = LEASE_S,
    ) -> None:
        self._bus = bus
        self._name = name
        self._key = key
        self._settings = settings
        self._now_ns = now_ns
        self._lease_s = lease_s
        self._leases = Leases(bus, name=name, now_ns=now_ns, lease_s=lease_s)
        self._hosts = HostList(secret, key.public)
        self._hosts_known = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._correlations: dict[int, Correlation] = {}

    async def run(self) -> None:
        """Hold a share of the partitions and work on them, beginning again whenever the bus comes back."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._persist(self._follow_hosts))
                tasks.create_task(self._persist(self._tell_tallies))
                tasks.create_task(self._hold(tasks))
        finally:
            await self._end()

    async def _hold(self, tasks: asyncio.TaskGroup) -> None:
        renewed_ns, is_away = self._now_ns(), False
        while True:
            try:
                held = await self._leases.renew()
                if is_away:
                    log.info("the bus is back")
                renewed_ns, is_away = self._now_ns(), False
            except BusError as error:
                if not is_away:
                    log.warning("the bus is away", extra={"reason": str(error)})
                is_away = True
                if self._now_ns() - renewed_ns > self._lease_s * 1e9:
                    self._leases.lose_all()
                held = self._leases.held
            for partition in set(self._running) - held:
                self._running.pop(partition).cancel()
                self._correlations.pop(partition, None)
            for partition in held - set(self._running):
                self._running[partition] = tasks.create_task(self._work_on(partition))
            await asyncio.sleep(min(RENEW_EVERY_S, self._lease_s / 4))

    async def _work_on(self, partition: int) -> None:
        """Read a partition for as long as it is held."""
        await self._hosts_known.wait()
        while partition in self._leases.held:
            try:
                await self._read(partition)
            except BusError as error:
                log.debug("a partition cannot be read", extra={"partition": partition, "reason": str(error)})
                await asyncio.sleep(PAUSE_S)

    async def _read(self, partition: int) -> None:
        """Build the partition's state from the stream, and go on from there."""
        correlation = self._correlations[partition] = Correlation(partition, self._settings)
        done = self._leases.done(partition)
        read = 0
        async for message in self._bus.read(SIGHTINGS, str(partition), after=0):
            if message is None:
                continue
            outcome = correlation.observe(message.payload, message.time_ns, self._hosts.verifiers)
            if message.number > done:
                await self._tell(outcome)
                self._leases.note_done(partition, message.number)
            read += 1
            if read % TURN == 0:
                await asyncio.sleep(0)

    async def _tell(self, outcome: Outcome) -> None:
        for ban in outcome.bans:
            await self._bus.put(BANS, ban_key(ban), sign(ban, self._key))
        for found in outcome.detections:
            await self._bus.publish(DETECTIONS, "all", native.encode(found), message_id=_name_of(found))

    async def _follow_hosts(self) -> None:
        async for entry in self._bus.watch(HOSTS):
            if entry is None:
                self._hosts_known.set()
            else:
                self._hosts.take_in(entry)

    async def _tell_tallies(self) -> None:
        for partition, correlation in list(self._correlations.items()):
            hosts = {
                host: (tally.counted, tally.over_quota, tally.refused, tally.replayed)
                for host, tally in correlation.hosts().items()
            }
            tally = PartitionTally(
                correlator=self._name, time_ns=self._now_ns(), hosts=hosts, unsigned=correlation.unsigned
            )
            await self._bus.put(TALLIES, str(partition), msgspec.json.encode(tally))
        await asyncio.sleep(TALLY_EVERY_S)

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except BusError as error:
                log.debug("the bus is away", extra={"reason": str(error)})
                await asyncio.sleep(PAUSE_S)

    async def _end(self) -> None:
        try:
            await self._leases.release()
        except BusError as error:
            log.info("leases were not given back; they end by themselves", extra={"reason": str(error)})


def ban_key(ban: FleetBan) -> str:
    """Name a ban's source in the letters that buckets allow."""
    return f"{ban.source.packed.hex()}-{ban.source.length}"


def _name_of(found: Detection) -> str:
    return f"{found.id}-{type(found).__name__}-{int(found.time)}"
