"""Declare `[watch]`: which interfaces are captured and which addresses are ours."""

from typing import Annotated

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import ByteSize
from scanwarden.config.registry import section
from scanwarden.model.address import Prefix

# IFNAMSIZ is 16 with the final zero (linux/if.h); a slash and blanks are not allowed in a name.
InterfaceName = Annotated[str, Meta(title="the name of an interface", pattern=r"^[^/\s]{1,15}$")]


@section("watch", rank=10)
class WatchSettings(Section, frozen=True, kw_only=True):
    """Choose what is captured."""

    interfaces: Annotated[
        tuple[InterfaceName, ...],
        Meta(
            description="Interfaces to capture on. Empty: every interface that is up, except loopback.",
            examples=[["eth0", "wg0"]],
            max_length=64,
        ),
    ] = ()
    home: Annotated[
        tuple[Prefix, ...],
        Meta(
            description="Networks whose addresses are ours. Empty: the addresses of the interfaces, kept up to date. "
            "Set it on a router or behind a mirror port.",
            examples=[["192.0.2.0/24", "2001:db8:1::/48"]],
            max_length=1024,
        ),
    ] = ()
    promiscuous: Annotated[
        bool, Meta(description="Also take packets that are not addressed to this host, as on a mirror port.")
    ] = False
    ring: Annotated[
        ByteSize,
        Meta(
            description="Memory that each interface shares with the kernel for waiting packets.",
            examples=["32 MiB"],
            extra={"at_least": ByteSize.parse("1 MiB"), "at_most": ByteSize.parse("1 GiB")},
        ),
    ] = ByteSize.parse("8 MiB")
