"""Declare `[responders.iptables]`: bans in ipsets with a timeout."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section

Capacity = Annotated[int, Meta(ge=16, le=1_000_000)]


@section("responders.iptables", rank=43)
class IptablesSettings(Section, frozen=True, kw_only=True):
    """Bans in ipsets with a timeout, which one rule of iptables and one of ip6tables refer to."""

    capacity: Annotated[
        Capacity, Meta(description="Most addresses banned at once, for IPv4 and for IPv6.", examples=[500_000])
    ] = 65_536
