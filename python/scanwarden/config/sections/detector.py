"""Declare `[detector]`: when a source counts as a scanner, and what the detector may remember."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import ByteSize, Duration
from scanwarden.config.registry import section
from scanwarden.model.address import Address

PortNumber = Annotated[int, Meta(ge=1, le=65535)]
Knock = Annotated[tuple[PortNumber, ...], Meta(min_length=2, max_length=16)]


@section("detector", rank=20)
class DetectorSettings(Section, frozen=True, kw_only=True):
    """Tune when a source counts as a scanner. The defaults are measured; few hosts need others."""

    memory: Annotated[
        ByteSize,
        Meta(
            description="Memory for everything that is remembered about sources. When it is full, those with the least "
            "evidence are forgotten first.",
            examples=["128 MiB"],
            extra={"at_least": ByteSize.parse("1 MiB"), "at_most": ByteSize.parse("64 GiB")},
        ),
    ] = ByteSize.parse("32 MiB")
    false_alarm_rate: Annotated[
        float,
        Meta(
            description="How improbable it must be that a harmless source behaves like this. The threshold is its "
            "negative natural logarithm: 13.8 nats at 1e-6, which four closed ports within a minute reach.",
            examples=[1e-5],
            ge=1e-30,
            le=0.05,
        ),
    ] = 1e-6
    half_life: Annotated[
        Duration,
        Meta(
            description="Time after which evidence counts half. Longer finds slower scans and remembers more mistakes.",
            examples=["3 d"],
            extra={"at_least": Duration.parse("1 min"), "at_most": Duration.parse("45 d")},
        ),
    ] = Duration.parse("24 h")
    contact_memory: Annotated[
        Duration,
        Meta(
            description="How long a port that a source touched is remembered, so that touching it again is "
            "nothing new.",
            examples=["14 d"],
            extra={"at_least": Duration.parse("1 h"), "at_most": Duration.parse("45 d")},
        ),
    ] = Duration.parse("7 d")
    gateways: Annotated[
        tuple[Address, ...],
        Meta(
            description="Routers of this network beside those in the routing table; their address look-ups are "
            "no sweep.",
            examples=[["192.0.2.1"]],
            max_length=256,
        ),
    ] = ()
    knocks: Annotated[
        tuple[Knock, ...],
        Meta(
            description="Port sequences that open a door here (port knocking). Up to three ports in a fixed order are "
            "tolerated anyway; list longer ones.",
            examples=[[[7000, 8000, 9000, 7001]]],
            max_length=32,
        ),
    ] = ()

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield knocks that name one port twice in a row, which no knock daemon can tell from a retry."""
        for knock in self.knocks:
            if any(first == second for first, second in pairwise(knock)):
                yield "knocks", f"the sequence {', '.join(map(str, knock))} repeats a port at once"
        if self.half_life > self.contact_memory:
            yield "half_life", f"{self.half_life} is longer than contact_memory, which is {self.contact_memory}"
