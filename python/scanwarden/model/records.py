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

    time: Timestamp
    sensor: str
    interfaces: tuple[str, ...] = ()
    home: Annotated[tuple[Prefix, ...], Meta(description="The addresses watched over; empty: every destination.")]
    home_inferred: Annotated[bool, Meta(description="Home was guessed from who answers whom.")] = False
    mode: Annotated[Mode, Meta(description="`observe` says what it would ban, `enforce` bans.")]


class Decided(Struct, frozen=True, kw_only=True, tag_field="event", tag="decision"):
    """State what the policy answered to a detection."""

    id: ScanId
    time: Timestamp
    action: Literal["ban", "notify", "spare"]
    would: Annotated[bool, Meta(description="True in observe mode: nothing was done.")]
    reason: str
    source: Prefix | None = None
    duration_s: Annotated[int | None, Meta(description="How long the ban lasts; null if there is none.")] = None


class Banned(Struct, frozen=True, kw_only=True, tag_field="event", tag="ban"):
    """State that a ban is in force: the firewall has acknowledged it."""

    id: ScanId | None
    time: Timestamp
    source: Prefix
    duration_s: Annotated[int, Meta(gt=0)]
    expires_at: Timestamp
    reason: str
    responder: str
    forgeable: bool


class Unbanned(Struct, frozen=True, kw_only=True, tag_field="event", tag="unban"):
    """State that a ban has ended: it expired, or somebody lifted it."""

    id: ScanId | None
    time: Timestamp
    source: Prefix
    duration_s: Annotated[int, Meta(gt=0)]
    expires_at: Timestamp
    reason: Annotated[str, Meta(description="Why it ended: `expired`, or who lifted it.")]
    responder: str
    forgeable: bool


Record = Ready | Opened | Updated | Closed | Decided | Banned | Unbanned | Notice
