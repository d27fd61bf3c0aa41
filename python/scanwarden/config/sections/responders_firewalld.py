"""Declare `[responders.firewalld]`: bans as rich rules of firewalld, each with a timeout."""

from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section


@section("responders.firewalld", rank=42)
class FirewalldSettings(Section, frozen=True, kw_only=True):
    """Bans as rich rules of firewalld, each with a timeout."""

    zone: Annotated[
        str,
        Meta(
            description="Zone that gets the rules. Empty: the default zone.",
            examples=["public"],
            pattern=r"^[A-Za-z0-9_/-]{0,17}$",
            title="the name of a zone",
        ),
    ] = ""
    action: Annotated[
        Literal["drop", "reject"],
        Meta(description="`drop` leaves packets unanswered, `reject` refuses.", examples=["reject"]),
    ] = "drop"
    capacity: Annotated[
        int, Meta(description="Most rules at once; each one slows firewalld down.", examples=[200], ge=1, le=10_000)
    ] = 1000
