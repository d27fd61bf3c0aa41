"""Find the scans of one partition in what hosts report: messages in, bans and statements out, no clock and no bus.

The same messages in the same order give the same results, so a correlator that takes over reads them again.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from scanwarden._core import _native
from scanwarden.errors import RecordError
from scanwarden.fleet.errors import MessageError
from scanwarden.fleet.keys import Verifier
from scanwarden.fleet.messages import FleetBan, Sightings, parse
from scanwarden.fleet.rows import ROW_BYTES, divided
from scanwarden.formats import native
from scanwarden.model.detection import Closed, Detection, Opened, Updated
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.model.time import NS_PER_S
from scanwarden.store.sightings import PARTITIONS

SENSOR = "fleet"
LIGHT_LANE = 1 << 15  # added to a host's number for what weighs little: that is told apart, and makes no quorum
MINUTE_NS = 60 * NS_PER_S
OLDEST_NS = 24 * 3600 * NS_PER_S  # a message that waited longer is not believed any more
CLOCK_SKEW_NS = 10 * NS_PER_S
TABLE_BYTES = 16 << 20  # a partition's share of sources: about 32,000 at a time


class CorrelationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a fleet may set: how many hosts must agree, rows a host may report a minute, how long a ban lasts."""

    quorum: int = 3
    quota_per_minute: int = 6000
    ban_s: int = 3600
    threshold_nats: float | None = None
    allowlist: PrefixTable = msgspec.field(default_factory=PrefixTable)

    @property
    def quota_of_partition(self) -> int:
        """Give a host's rows a minute in one partition; sources are spread evenly over partitions."""
        return max(1, self.quota_per_minute // PARTITIONS)


class HostTally(msgspec.Struct, kw_only=True):
    """What one host reported to one partition; `budget` rows may still come, as of `as_of_ns`."""

    number: int
    sequence: int = -1
    budget: float
    as_of_ns: int
    counted: int = 0
    over_quota: int = 0
    refused: int = 0
    replayed: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a message led to; both are bounded by the scans it completes."""

    bans: tuple[FleetBan, ...] = ()
    detections: tuple[Opened | Updated | Closed, ...] = ()


NOTHING = Outcome()


class Correlation:
    """The state of one partition."""

    def __init__(self, partition: int, settings: CorrelationSettings) -> None:
        self._partition = partition
        self._settings = settings
        self._hosts: dict[str, HostTally] = {}
        self._banned_until_ns: dict[str, int] = {}
        self.unsigned = 0
        core: dict[str, Any] = {"sensor": SENSOR, "memory_bytes": TABLE_BYTES}
        if settings.threshold_nats is not None:
            core["threshold_nats"] = settings.threshold_nats
        self._core = _native.FleetDetector(json.dumps(core).encode())

    def observe(self, payload: bytes, now_ns: int, verifiers: Mapping[str, Verifier]) -> Outcome:
        """Take in a message that the bus received at `now_ns`; `verifiers` are those of the hosts that have joined."""
        try:
            message, signed = parse(payload, Sightings)
            verifiers[message.host].check(signed.body, signed.signature)
        except (MessageError, KeyError):
            self.unsigned += 1
            return NOTHING
        # The bus's clock is the only one, so that reading the stream again gives the same.
        self._core.tick(now_ns)
        tally = self._tally(message.host, now_ns)
        rows = self._admitted(message, tally, now_ns)
        if not rows:
            return self._outcome(now_ns)
        # Else a ping would use up what a host has to say of a source, and hide the probe that follows it.
        lanes = divided(rows)
        for number, part in ((tally.number, lanes.heavy), (tally.number + LIGHT_LANE, lanes.light)):
            counted, refused = self._core.observe(number, part, now_ns)
            tally.counted += counted
            tally.refused += refused
        return self._outcome(now_ns)

    def tick(self, now_ns: int) -> Outcome:
        """Let time pass, so that scans close."""
        self._core.tick(now_ns)
        return self._outcome(now_ns)

    def hosts(self) -> dict[str, HostTally]:
        """Give what each host reported so far."""
        return self._hosts

    def counters(self) -> dict[str, int]:
        """Give the detector's counters."""
        return self._core.counters()

    def _tally(self, host: str, now_ns: int) -> HostTally:
        tally = self._hosts.get(host)
        if tally is None:
            tally = HostTally(number=len(self._hosts), budget=self._settings.quota_of_partition, as_of_ns=now_ns)
            self._hosts[host] = tally
        return tally

    def _admitted(self, message: Sightings, tally: HostTally, now_ns: int) -> bytes:
        """Give the rows that count towards the quota and are within it."""
        if message.sequence <= tally.sequence or message.partition != self._partition:
            tally.replayed += 1
            return b""
        tally.sequence = message.sequence
        if not now_ns - OLDEST_NS <= message.time_ns <= now_ns + CLOCK_SKEW_NS:
            tally.refused += len(message.rows) // ROW_BYTES
            return b""
        quota = self._settings.quota_of_partition
        passed_ns = max(0, now_ns - tally.as_of_ns)
        tally.budget = min(quota, tally.budget + quota * passed_ns / MINUTE_NS)
        tally.as_of_ns = max(now_ns, tally.as_of_ns)
        rows = len(message.rows) // ROW_BYTES
        admitted = min(rows, int(tally.budget))
        tally.budget -= admitted
        tally.over_quota += rows - admitted
        return message.rows[: admitted * ROW_BYTES]

    def _outcome(self, now_ns: int) -> Outcome:
        events = self._core.take_events()
        if not events:
            return NOTHING
        detections = [found for found in map(_detection, events) if found is not None]
        bans = [ban for found in detections if (ban := self._ban(found, now_ns)) is not None]
        return Outcome(bans=tuple(bans), detections=tuple(detections))

    def _ban(self, found: Detection, now_ns: int) -> FleetBan | None:
        """Ban the one source of a scan that enough hosts reported; groups and what is allowed are spared."""
        address, prefix = found.source.address, found.source.prefix
        if isinstance(found, Closed) or found.part_of is not None or address is None or prefix is None:
            return None
        hosts = sum(number < LIGHT_LANE for number in self._core.reporters(str(address)))
        key = str(prefix)
        is_banned = self._banned_until_ns.get(key, 0) > now_ns
        if is_banned or hosts < self._settings.quorum or self._settings.allowlist.overlap(prefix) is not None:
            return None
        self._forget_ended(now_ns)
        expires_ns = now_ns + self._settings.ban_s * NS_PER_S
        self._banned_until_ns[key] = expires_ns
        return FleetBan(
            source=prefix,
            scan=found.id,
            decided_ns=now_ns,
            expires_ns=expires_ns,
            hosts=hosts,
            verified=found.source.verified,
        )

    def _forget_ended(self, now_ns: int) -> None:
        self._banned_until_ns = {key: end for key, end in self._banned_until_ns.items() if end > now_ns}


def _detection(event: bytes) -> Opened | Updated | Closed | None:
    """Read an event; a notice (a flood) says nothing about a source."""
    try:
        found = native.decode(event)
    except RecordError as error:
        raise TypeError(f"the detector stated what is no record: {error}") from error
    return found if isinstance(found, Opened | Updated | Closed) else None
