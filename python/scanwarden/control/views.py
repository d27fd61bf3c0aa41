"""State what is asked and answered; every value is JSON with these keys."""

from typing import Annotated

from msgspec import Meta, Struct

from scanwarden.model.address import Prefix
from scanwarden.model.time import Timestamp

LONGEST_BAN_S = 30 * 86_400


class StoreHealth(Struct, frozen=True, kw_only=True):
    """How the database is doing."""

    is_degraded: Annotated[bool, Meta(description="Records are not being written at the moment.")]
    reason: Annotated[str | None, Meta(description="Why, in words.")]
    queued: int
    written: int
    dropped: int


class ResponderHealth(Struct, frozen=True, kw_only=True):
    """How one responder is doing."""

    name: str
    bans_in_force: Annotated[int, Meta(description="Bans that it has acknowledged and that have not ended.")]
    refused: Annotated[int, Meta(description="Bans in force elsewhere that it cannot or may not make.")] = 0
    waiting: Annotated[int, Meta(description="Changes that it has not made yet.")] = 0
    trouble: Annotated[str | None, Meta(description="What is wrong with it; null if nothing is.")] = None


class FleetHealth(Struct, frozen=True, kw_only=True):
    """How this host takes part in its fleet, by its agent's word."""

    host: Annotated[str | None, Meta(description="Its name there; null before it has joined.")] = None
    trouble: Annotated[str | None, Meta(description="Why the fleet is not told what is seen; null if it is.")] = None
    told_at: Annotated[Timestamp | None, Meta(description="When the bus last took something of this host.")] = None
    contacts_told: Annotated[int, Meta(description="Since its agent started.")] = 0
    waiting_bytes: Annotated[int, Meta(description="Sightings that the bus has not taken yet.")] = 0
    segments_lost: Annotated[int, Meta(description="Pieces of sightings that had to go: the spool was full.")] = 0
    bans_followed: int = 0
    bans_refused: Annotated[int, Meta(description="Bans of the fleet whose sources are protected or allowed.")] = 0
    bans_waiting: Annotated[int, Meta(description="Bans of the fleet that wait for the service.")] = 0
    last_ban: Annotated[str | None, Meta(description="Whom the fleet last had banned, and what became of it.")] = None
    last_ban_at: Timestamp | None = None


class Status(Struct, frozen=True, kw_only=True):
    """How the service is doing."""

    version: str
    pid: int
    started_at: Timestamp
    mode: Annotated[str, Meta(description="`observe` or `enforce`.")]
    interfaces: tuple[str, ...]
    home: tuple[Prefix, ...]
    packets: int
    dropped: Annotated[int, Meta(description="Packets lost before they could be looked at.")]
    scans: Annotated[int, Meta(description="Scans found since the start.")]
    bans_in_force: Annotated[int, Meta(description="Bans that the firewall has acknowledged and that have not ended.")]
    bans_made: Annotated[int, Meta(description="Bans since the start.")]
    firewall: Annotated[str | None, Meta(description="What is wrong with the firewall; null if nothing is.")]
    responders: Annotated[
        tuple[ResponderHealth, ...], Meta(description="What enforces bans; the first leads, the others follow it.")
    ] = ()
    tripwire: Annotated[bool, Meta(description="The kernel tripwire is set.")]
    store: StoreHealth
    configuration: Annotated[str, Meta(description="The main configuration file.")]
    fleet: Annotated[FleetHealth | None, Meta(description="Null unless [fleet] is enabled.")] = None
    audit: Annotated[tuple[str, ...], Meta(description="Open ports not expected, and what scanners learnt.")] = ()
    gaps: Annotated[tuple[str, ...], Meta(description="What could not be found out about whom to protect.")] = ()


class BanView(Struct, frozen=True, kw_only=True, gc=False):
    """One ban in force."""

    source: Prefix
    scan: Annotated[str | None, Meta(description="The scan that earned it; null if a person asked for it.")]
    starts_at: Timestamp
    expires_at: Timestamp
    duration_s: int
    reason: str
    responder: Annotated[str, Meta(description="What acknowledged it first.")]
    forgeable: bool
    responders: Annotated[tuple[str, ...], Meta(description="All that hold it now.")] = ()


class BanRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask for a ban."""

    source: Prefix
    duration_s: Annotated[int, Meta(ge=1, le=LONGEST_BAN_S)] = 600
    reason: Annotated[str, Meta(max_length=200)] = "asked for by an administrator"
    forgeable: bool = False  # the source may not be who it claims to be: established connections are spared


class SourceRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name a source to lift or to allow."""

    source: Prefix


class Done(Struct, frozen=True, kw_only=True):
    """Say what was done."""

    text: str
    sources: tuple[Prefix, ...] = ()
    later: Annotated[tuple[str, ...], Meta(description="Of a reload: what takes effect later, and when.")] = ()


class Trouble(Struct, frozen=True, kw_only=True):
    """Say what is wrong and what to do."""

    error: str
    remedy: str | None = None
