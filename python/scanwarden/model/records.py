"""List every kind of record: what scanwarden says, one JSON object a line."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed, Opened, ScanId, Updated
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp

Mode = Literal["replay", "observe", "enforce"]


class Ready(Struct, frozen=True, kw_only=True, tag_field="event", tag="ready"):
    """State that a sensor is really reading packets, and what it takes for home."""

    time: Annotated[Timestamp, Meta(description="When reading began, by this host's clock.")]
    sensor: Annotated[str, Meta(description="What reads the packets: `live:INTERFACE` or `replay:FILE`.")]
    interfaces: Annotated[tuple[str, ...], Meta(description="The interfaces watched; empty in a replay.")] = ()
    home: Annotated[tuple[Prefix, ...], Meta(description="The addresses watched over; empty: every destination.")]
    home_inferred: Annotated[bool, Meta(description="Home was guessed from who answers whom.")] = False
    mode: Annotated[Mode, Meta(description="`observe` says what it would ban, `enforce` bans.")]


class Decided(Struct, frozen=True, kw_only=True, tag_field="event", tag="decision"):
    """State what the policy answered to a detection."""

    id: ScanId
    time: Annotated[Timestamp, Meta(description="When it was decided, by the packets' clock.")]
    action: Annotated[Literal["ban", "notify", "spare"], Meta(description="What to do about the scan.")]
    would: Annotated[bool, Meta(description="True in observe mode: nothing was done.")]
    reason: Annotated[str, Meta(description="Why, in words.")]
    source: Annotated[Prefix | None, Meta(description="Whom it is about; null for a group.")] = None
    duration_s: Annotated[int | None, Meta(description="How long the ban lasts; null if there is none.")] = None


class Banned(Struct, frozen=True, kw_only=True, gc=False, tag_field="event", tag="ban"):
    """State that a ban is in force: the firewall has acknowledged it."""

    id: ScanId | None
    time: Annotated[Timestamp, Meta(description="When the ban began.")]
    source: Annotated[Prefix, Meta(description="Whom it is about.")]
    duration_s: Annotated[int, Meta(gt=0, description="How long the ban lasts.")]
    expires_at: Annotated[Timestamp, Meta(description="When the kernel lifts the ban by itself.")]
    reason: Annotated[str, Meta(description="Why, in words.")]
    responder: Annotated[str, Meta(description="What enforces it, such as `nftables`.")]
    forgeable: Annotated[bool, Meta(description="The source may be forged: its address is not proved.")]


class Unbanned(Struct, frozen=True, kw_only=True, tag_field="event", tag="unban"):
    """State that a ban has ended: it expired, or somebody lifted it."""

    id: ScanId | None
    time: Annotated[Timestamp, Meta(description="When the ban ended.")]
    source: Annotated[Prefix, Meta(description="Whom it is about.")]
    duration_s: Annotated[int, Meta(gt=0, description="How long the ban was to last.")]
    expires_at: Annotated[Timestamp, Meta(description="When the kernel lifts the ban by itself.")]
    reason: Annotated[str, Meta(description="Why it ended: `expired`, or who lifted it.")]
    responder: Annotated[str, Meta(description="What enforces it, such as `nftables`.")]
    forgeable: Annotated[bool, Meta(description="The source may be forged: its address is not proved.")]


Statement = Opened | Updated | Closed | Notice
"""What the detector states."""

Record = Ready | Opened | Updated | Closed | Decided | Banned | Unbanned | Notice
"""What scanwarden tells."""
