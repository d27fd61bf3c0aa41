"""Declare `[audit]`: which ports of this host are meant to be open."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.allow import ExpectedPort
from scanwarden.config.options import Section
from scanwarden.config.quantity import Duration
from scanwarden.config.registry import section


@section("audit", rank=100)
class AuditSettings(Section, frozen=True, kw_only=True):
    """Say which ports of this host are meant to be open; any other open port is a notice."""

    expected: Annotated[
        tuple[ExpectedPort, ...],
        Meta(
            description="Ports that are meant to be open, to everybody or from one network.",
            examples=[["443/tcp", "22/tcp from 203.0.113.0/24"]],
            max_length=1024,
        ),
    ] = ()
    every: Annotated[
        Duration,
        Meta(
            description="How often openings are compared with what is expected; new sockets at once. 0 s: never.",
            examples=["10 min"],
            extra={"at_least": Duration.parse("0 s"), "at_most": Duration.parse("30 d")},
        ),
    ] = Duration.parse("30 s")
