"""Declare `[responders.tripwire]`: let the kernel drop a source that knocks on closed ports."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import Duration
from scanwarden.config.registry import section

Capacity = Annotated[int, Meta(ge=16, le=1_000_000)]


@section("responders.tripwire", rank=47)
class TripwireSettings(Section, frozen=True, kw_only=True):
    """Let the kernel drop a source that knocks on closed ports, before the detector has decided.

    It counts distinct ports that nobody listens on; the detector confirms or lifts the drop within a second.
    """

    enabled: Annotated[bool, Meta(description='Set the tripwire; it needs nftables and `mode = "enforce"`.')] = False
    ports: Annotated[
        int,
        Meta(
            description="Distinct closed ports in quick succession that are let pass; the next one trips it.",
            examples=[5],
            ge=2,
            le=100,
        ),
    ] = 4
    per_second: Annotated[
        int,
        Meta(description="Distinct closed ports a second that are let pass after those.", examples=[2], ge=1, le=100),
    ] = 1
    hold: Annotated[
        Duration,
        Meta(
            description="Time that a tripped source stays cut off after its last closed port.",
            examples=["10 s"],
            extra={"at_least": Duration.parse("1 s"), "at_most": Duration.parse("10 min")},
        ),
    ] = Duration.parse("30 s")
    capacity: Annotated[
        Capacity,
        Meta(description="Most (source, port) pairs counted at once; a full set lets pass.", examples=[262_144]),
    ] = 65_536
