"""Declare `[fleet]`: many hosts that see and refuse together."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import ByteSize, Duration
from scanwarden.config.registry import section

Server = Annotated[
    str,
    Meta(
        title="the address of a NATS server",
        pattern=r"^(?:nats|tls|ws|wss)://[A-Za-z0-9.:_@\[\]-]{1,253}$",
    ),
]


@section("fleet", rank=130)
class FleetSettings(Section, frozen=True, kw_only=True):
    """Tell other hosts who touches closed ports here, and refuse whom the fleet finds. Needs NATS with JetStream."""

    enabled: Annotated[bool, Meta(description="Be part of a fleet; `scanwarden fleet join` first.")] = False
    servers: Annotated[
        tuple[Server, ...],
        Meta(description="NATS servers.", examples=[["tls://bus.example.net:4222"]], min_length=1, max_length=16),
    ] = ("nats://127.0.0.1:4222",)
    credentials: Annotated[
        Path | None,
        Meta(
            description="File with this host's credentials for NATS, as `nsc` writes it.",
            examples=["/etc/scanwarden/bus.creds"],
        ),
    ] = None
    folder: Annotated[
        Path,
        Meta(
            description="Where this host's key, the authority's public key and the sightings that wait are kept.",
            examples=["/var/lib/scanwarden/fleet"],
        ),
    ] = Path("/var/lib/scanwarden/fleet")
    spool: Annotated[
        ByteSize,
        Meta(
            description="Sightings kept while the bus is away; beyond, the oldest go and are counted.",
            examples=["256 MiB"],
            extra={"at_least": ByteSize.parse("1 MiB"), "at_most": ByteSize.parse("64 GiB")},
        ),
    ] = ByteSize.parse("64 MiB")
    quorum: Annotated[
        int,
        Meta(
            description="Correlator: so many hosts must report a source before it is banned.",
            examples=[5],
            ge=2,
            le=1000,
        ),
    ] = 3
    quota: Annotated[
        int,
        Meta(
            description="Correlator: contacts a host may report a minute; of one with more `fleet status` tells.",
            examples=[60_000],
            ge=16,
            le=10_000_000,
        ),
    ] = 6000
    ban: Annotated[
        Duration,
        Meta(
            description="Correlator: how long the fleet refuses a source.",
            examples=["6 h"],
            extra={"at_least": Duration.parse("1 min"), "at_most": Duration.parse("30 d")},
        ),
    ] = Duration.parse("1 h")
