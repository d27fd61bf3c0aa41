"""How a fleet is doing: what hosts report of themselves, and what correlators say of hosts."""

from collections import defaultdict

import msgspec

from scanwarden.fleet.bus import BANS, HOSTS, LEASES, REPORTS, TALLIES, Bus, Entry
from scanwarden.fleet.correlator import PartitionTally
from scanwarden.fleet.errors import MessageError
from scanwarden.fleet.hosts import HostList
from scanwarden.fleet.leases import Lease
from scanwarden.fleet.messages import FleetBan, HostReport, parse, verify
from scanwarden.model.time import NS_PER_S
from scanwarden.store.sightings import PARTITIONS

SILENT_AFTER_NS = 30 * NS_PER_S


class HostView(msgspec.Struct, kw_only=True):
    """One host; rows are contacts it reported, `over_quota` those beyond its quota."""

    host: str
    report: HostReport | None = None
    counted: int = 0
    over_quota: int = 0
    refused: int = 0
    replayed: int = 0

    def faults(self, now_ns: int) -> list[str]:
        """Say what is wrong with the host, in words."""
        found = []
        if self.report is None or now_ns - self.report.time_ns > SILENT_AFTER_NS:
            found.append("silent")
        if self.over_quota:
            found.append(f"{self.over_quota:,} contacts over its quota")
        if self.refused:
            found.append(f"{self.refused:,} contacts that cannot be")
        if self.replayed:
            found.append(f"{self.replayed:,} repeated messages")
        if self.report is not None and self.report.spool_dropped:
            found.append(f"{self.report.spool_dropped:,} segments lost, its spool was full")
        return found


class Overview(msgspec.Struct, kw_only=True):
    """The whole fleet."""

    hosts: list[HostView]
    correlators: dict[str, int]
    free_partitions: int
    bans: int
    unsigned: int
    refused_enrolments: int


async def look(bus: Bus, *, authority: bytes, now_ns: int) -> Overview:
    """Read how the fleet is doing; raise BusError."""
    known = HostList(None, authority)
    for entry in await _all(bus, HOSTS):
        known.take_in(entry)
    views = {host: HostView(host=host) for host in sorted(known.verifiers)}
    for entry in await _all(bus, REPORTS):
        if entry.key in views:
            try:
                views[entry.key].report = verify(entry.value or b"", HostReport, known.verifiers[entry.key])
            except MessageError:
                continue  # it stays without a report, and is shown as silent
    unsigned = _add_tallies(views, await _all(bus, TALLIES))
    correlators: dict[str, int] = defaultdict(int)
    for entry in await _all(bus, LEASES):
        lease = msgspec.json.decode(entry.value or b"", type=Lease)
        if lease.until_ns > now_ns:
            # Every correlator is listed, one that holds nothing too.
            correlators[lease.holder] += not entry.key.startswith("member.")
    return Overview(
        hosts=list(views.values()),
        correlators=dict(sorted(correlators.items())),
        free_partitions=PARTITIONS - sum(correlators.values()),
        bans=sum(_is_in_force(entry, now_ns) for entry in await _all(bus, BANS)),
        unsigned=unsigned,
        refused_enrolments=known.refused,
    )


def _add_tallies(views: dict[str, HostView], entries: list[Entry]) -> int:
    unsigned = 0
    for entry in entries:
        tally = msgspec.json.decode(entry.value or b"", type=PartitionTally)
        unsigned += tally.unsigned
        for host, (counted, over_quota, refused, replayed) in tally.hosts.items():
            view = views.get(host)
            if view is not None:
                view.counted += counted
                view.over_quota += over_quota
                view.refused += refused
                view.replayed += replayed
    return unsigned


def _is_in_force(entry: Entry, now_ns: int) -> bool:
    """Say whether a ban has not ended; whether it is believed is for agents to check."""
    try:
        ban, _ = parse(entry.value or b"", FleetBan)
    except MessageError:
        return False
    return ban.expires_ns > now_ns


async def _all(bus: Bus, bucket: str) -> list[Entry]:
    found = []
    async for entry in bus.watch(bucket):
        if entry is None:
            break
        if entry.value is not None:
            found.append(entry)
    return found
