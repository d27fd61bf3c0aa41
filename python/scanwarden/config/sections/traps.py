"""Declare `[traps]`: ports that we set out because nothing legitimate speaks to them."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.options import Section
from scanwarden.config.quantity import ByteSize, Duration
from scanwarden.config.registry import section
from scanwarden.model.ports import Ports

MAX_BANNER_CHARS = 512


@section("traps", rank=60)
class TrapsSettings(Section, frozen=True, kw_only=True):
    """Set out ports that nothing legitimate speaks to.

    A trap leaves a port as soon as a service begins to listen there.
    """

    preset: Annotated[
        Literal["none", "few", "middle", "portsentry2", "many"],
        Meta(
            description="A ready list of ports, added to those below. `middle` is that of most guides to PortSentry 1, "
            "`portsentry2` that of PortSentry 2.",
            examples=["middle"],
        ),
    ] = "none"
    tcp: Annotated[Ports, Meta(description="TCP ports that accept a connection.", examples=["1,11,15,79,111"])] = (
        Ports()
    )
    udp: Annotated[Ports, Meta(description="UDP ports that take a datagram.", examples=["7,9,69,161"])] = Ports()
    stealth_tcp: Annotated[
        Ports,
        Meta(description="TCP ports that stay closed; a packet to one is evidence all the same.", examples=["1-19"]),
    ] = Ports()
    stealth_udp: Annotated[
        Ports,
        Meta(description="UDP ports that stay closed; a packet to one is evidence all the same.", examples=["1-19"]),
    ] = Ports()
    method: Annotated[
        Literal["auto", "redirect", "bind"],
        Meta(
            description="`redirect` sends the ports to one listener by nftables and so never keeps a service from "
            "starting; `bind` occupies them; `auto` redirects where it can.",
            examples=["bind"],
        ),
    ] = "auto"
    weight: Annotated[
        float,
        Meta(
            description="Evidence of touching one trap, in nats; 13.8 convicts at once.",
            examples=[13.8],
            gt=0,
            le=13.8155,
        ),
    ] = 7.0
    banner: Annotated[
        str,
        Meta(
            description="Text that is sent before the connection is closed.",
            examples=["Go away.\\n"],
            max_length=MAX_BANNER_CHARS,
        ),
    ] = ""
    keep: Annotated[
        ByteSize,
        Meta(
            description="How much of what a source sends is kept with the scan.",
            examples=["0 B"],
            extra={"at_least": ByteSize.parse("0 B"), "at_most": ByteSize.parse("4 KiB")},
        ),
    ] = ByteSize.parse("256 B")
    wait: Annotated[
        Duration,
        Meta(
            description="Time for which a source may send after it has connected.",
            examples=["1 s"],
            extra={"at_least": Duration.parse("0 s"), "at_most": Duration.parse("1 min")},
        ),
    ] = Duration.parse("5 s")

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield ports that cannot be trapped, and ports that would be both open and closed."""
        for name in ("tcp", "udp", "stealth_tcp", "stealth_udp"):
            if 0 in getattr(self, name):
                yield name, "port 0 cannot be a trap"
        for name, ports, closed in (("tcp", self.tcp, self.stealth_tcp), ("udp", self.udp, self.stealth_udp)):
            if both := Ports(port for port in ports if port in closed):
                yield f"stealth_{name}", f"{both} is in {name} as well"
