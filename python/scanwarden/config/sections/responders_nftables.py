"""Declare `[responders.nftables]`: bans in a table of our own, `inet scanwarden`, ahead of address translation."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.registry import section

Capacity = Annotated[int, Meta(ge=16, le=1_000_000)]


@section("responders.nftables", rank=41)
class NftablesSettings(Section, frozen=True, kw_only=True):
    """Bans in a table of our own, `inet scanwarden`, ahead of address translation."""

    host_capacity: Annotated[
        Capacity, Meta(description="Most single addresses banned at once, for IPv4 and for IPv6.", examples=[500_000])
    ] = 131_072
    network_capacity: Annotated[
        int,
        Meta(description="Most networks banned at once, for IPv4 and for IPv6.", examples=[1024], ge=16, le=65_536),
    ] = 4096
    owned: Annotated[
        bool,
        Meta(
            description="Own the table where the kernel can (Linux 6.9 and later), so that no other program flushes or "
            "changes it. When the service ends the table and its bans stay, with their timeouts; `nft` before 1.1 "
            "then prints flags that it cannot read back, so do not save the ruleset with it.",
        ),
    ] = True
