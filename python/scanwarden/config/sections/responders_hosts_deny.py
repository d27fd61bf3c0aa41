"""Declare `[responders.hosts_deny]`: bans as lines of TCP wrappers, in one block of our own."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section


@section("responders.hosts_deny", rank=44)
class HostsDenySettings(Section, frozen=True, kw_only=True):
    """Bans as lines of TCP wrappers, in one block of our own. Many systems have nothing left that reads them."""

    file: Annotated[Path, Meta(description="The file that holds our block.", examples=["/etc/hosts.deny"])] = Path(
        "/etc/hosts.deny"
    )
    form: Annotated[
        Literal["plain", "deny"],
        Meta(
            description="`plain` writes `ALL: 192.0.2.7`; `deny` adds `: DENY`, for use in hosts.allow.",
            examples=["deny"],
        ),
    ] = "plain"
    capacity: Annotated[
        int,
        Meta(description="Most lines at once; the bans that expire first give way.", examples=[200], ge=1, le=10_000),
    ] = 1000
