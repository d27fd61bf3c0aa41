"""State the questions that the store answers and the shape of its answers."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from scanwarden.model.address import Prefix
from scanwarden.model.detection import GroupKind, Outcomes, Pace, Pattern, ScanId, Technique
from scanwarden.model.records import Banned, Decided
from scanwarden.model.time import Timestamp

Protocol = Literal["tcp", "udp", "sctp", "ip_protocol", "icmp"]


class StoreState(Struct, frozen=True, kw_only=True):
    """How the store is doing; `status` and the health endpoint show it."""

    is_degraded: Annotated[bool, Meta(description="Records are not being written at the moment.")]
    reason: Annotated[str | None, Meta(description="Why, in words.")] = None
    queued: Annotated[int, Meta(description="Records that wait to be written.")] = 0
    written: Annotated[int, Meta(description="Records written since the start.")] = 0
    dropped: Annotated[int, Meta(description="Records lost because the queue was full.")] = 0
    refused: Annotated[int, Meta(description="Records that the database would not take one by one.")] = 0
    removed: Annotated[int, Meta(description="Scans removed by age or size.")] = 0
    file_bytes: int = 0
    set_aside: Annotated[tuple[str, ...], Meta(description="Damaged files that were replaced since the start.")] = ()


class ScanFilter(Struct, frozen=True, kw_only=True):
    """Which scans are wanted; what is None does not matter.

    `since` asks for scans seen at or after it, `until` for scans that opened at or before it.
    """

    since: Timestamp | None = None
    until: Timestamp | None = None
    source: Prefix | None = None
    techniques: Annotated[tuple[Technique, ...], Meta(description="At least one of them.")] = ()
    minimum_severity: Annotated[int | None, Meta(ge=1, le=5)] = None
    port: Annotated[int | None, Meta(ge=0, le=65535)] = None
    protocol: Protocol | None = None
    text: Annotated[str | None, Meta(max_length=200, description="In source, tool, sensor, id or group.")] = None
    is_open: bool | None = None


class ScanRow(Struct, frozen=True, kw_only=True):
    """One scan in a list."""

    id: ScanId
    opened_at: Timestamp
    first_seen: Timestamp
    last_seen: Timestamp
    is_open: bool
    source: Annotated[str | None, Meta(description="Null for a group.")]
    members: int
    verified: bool
    group: GroupKind | None
    part_of: ScanId | None
    techniques: tuple[Technique, ...]
    pattern: Pattern
    pace: Pace
    severity: int
    tool: str | None
    sensor: str
    probes: int
    packets: int
    outcomes: Outcomes
    nats: float
    targets: int
    learnt: Annotated[int, Meta(description="Open ports that the source saw.")]
    ports: Annotated[str, Meta(description="The probed ports, cut to be shown in a list.")]
    action: Annotated[str | None, Meta(description="The latest decision.")] = None


class ScanPage(Struct, frozen=True, kw_only=True):
    """Some scans, newest first, and where to go on."""

    scans: tuple[ScanRow, ...]
    next: Annotated[str | None, Meta(description="Ask for the next page with it; null at the end.")] = None


class ScanStep(Struct, frozen=True, kw_only=True):
    """One statement in the life of a scan."""

    time: Timestamp
    event: Literal["opened", "updated", "closed"]
    reason: str | None
    techniques: tuple[Technique, ...]
    severity: int
    probes: int
    nats: float


class DecisionRow(Struct, frozen=True, kw_only=True):
    """One answer of the policy."""

    scan: ScanId
    time: Timestamp
    action: Literal["ban", "notify", "spare"]
    would: bool
    reason: str
    source: str | None
    duration_s: int | None

    def record(self) -> Decided:
        """Give the record that this was stored from."""
        return Decided(
            id=self.scan,
            time=self.time,
            action=self.action,
            would=self.would,
            reason=self.reason,
            source=None if self.source is None else Prefix.parse(self.source),
            duration_s=self.duration_s,
        )


class BanRow(Struct, frozen=True, kw_only=True):
    """One ban by one responder; `ended_at` is null while nobody has reported its end."""

    scan: ScanId | None
    source: Prefix
    starts_at: Timestamp
    expires_at: Timestamp
    duration_s: int
    reason: str
    responder: str
    forgeable: bool
    ended_at: Timestamp | None = None
    end_reason: str | None = None

    def record(self) -> Banned:
        """Give the record that this was stored from."""
        return Banned(
            id=self.scan,
            time=self.starts_at,
            source=self.source,
            duration_s=self.duration_s,
            expires_at=self.expires_at,
            reason=self.reason,
            responder=self.responder,
            forgeable=self.forgeable,
        )


class NoticeRow(Struct, frozen=True, kw_only=True):
    """One notice in a list."""

    id: str | None
    time: Timestamp
    kind: str
    text: str
    source: str | None


class SourceSummary(Struct, frozen=True, kw_only=True):
    """All we know of one source, over time."""

    source: Prefix
    scans: int
    first_seen: Timestamp | None
    last_seen: Timestamp | None
    probes: int
    techniques: tuple[Technique, ...]
    highest_severity: int | None
    verified: Annotated[bool, Meta(description="It has completed a handshake in one of the scans.")]
    latest: tuple[ScanRow, ...]
    bans: tuple[BanRow, ...]


class Ranked(Struct, frozen=True, kw_only=True):
    """One line of a top list."""

    name: Annotated[str, Meta(description="An address, network, technique, or a port such as `tcp/22`.")]
    count: Annotated[int, Meta(description="Scans; for a port, sources, each once for every scan.")]
    probes: int | None = None
    last_seen: Timestamp | None = None


class Bucket(Struct, frozen=True, kw_only=True):
    """Scans that opened in one span of a timeline, by severity 1 to 5."""

    starts_at: Timestamp
    by_severity: tuple[int, int, int, int, int]

    @property
    def scans(self) -> int:
        """Give the number of scans."""
        return sum(self.by_severity)


class HeatMap(Struct, frozen=True, kw_only=True):
    """How many sources touched each port in each span of time: `counts[port][span]`."""

    starts_at: tuple[Timestamp, ...]
    span_s: int
    ports: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Overview(Struct, frozen=True, kw_only=True):
    """What the first page shows, of one moment."""

    since: Timestamp
    until: Timestamp
    scans: int
    open_scans: int
    sources: int
    probes: int
    bans_in_force: int
    notices: int
    sources_top: tuple[Ranked, ...]
    networks_top: tuple[Ranked, ...]
    ports_top: tuple[Ranked, ...]
    techniques_top: tuple[Ranked, ...]
    timeline: tuple[Bucket, ...]
