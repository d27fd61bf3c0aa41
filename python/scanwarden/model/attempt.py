"""Describe one new connection attempt to this host, for the connection log; it is no probe and no evidence."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from scanwarden.model.address import Address
from scanwarden.model.ports import PortNumber
from scanwarden.model.time import Timestamp


class Attempt(Struct, frozen=True, kw_only=True):
    """The first packet of a flow that somebody began; ports for TCP and UDP, a type for ICMP."""

    time: Timestamp
    protocol: Literal["tcp", "udp", "icmp"]
    source: Address
    target: Address
    source_port: PortNumber | None = None
    target_port: PortNumber | None = None
    icmp_type: Annotated[int, Meta(ge=0, le=255)] | None = None
    payload_bytes: Annotated[int, Meta(ge=0, description="Bytes after the transport header.")] = 0
