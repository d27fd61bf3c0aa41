"""Read our own addresses and gateways from iproute2."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from scanwarden import hostcmd
from scanwarden.daemon.protection.found import Found
from scanwarden.errors import AddressError
from scanwarden.model.address import Address, Prefix

_MAX_OUTPUT_BYTES = 32 << 20  # a router with a full table prints far more: then only its default routes are read
_NO_GATEWAY = ("0.0.0.0", "::")  # noqa: S104 - compared, not listened on


class OwnAddress(msgspec.Struct):
    """One address of an interface, as `ip -j address` prints it."""

    local: str = ""
    prefixlen: int = 128
    broadcast: str = ""
    address: str = ""  # the other end of a point-to-point link


class Interface(msgspec.Struct):
    """One interface, as `ip -j address` prints it."""

    ifname: str = ""
    addr_info: list[OwnAddress] = []


class Via(msgspec.Struct):
    """A gateway of the other address family (RFC 5549)."""

    host: str = ""


class NextHop(msgspec.Struct):
    """One of several ways of a route."""

    gateway: str = ""
    via: Via | None = None
    dev: str = ""


class Route(NextHop):
    """One route, as `ip -j route` prints it."""

    dst: str = ""
    type: str = "unicast"
    nexthops: list[NextHop] = []


def add_network(found: Found) -> None:
    """Add own addresses, broadcast addresses, the networks on our links, and the gateways of all routing tables."""
    for interface in _listed(["ip", "-j", "address", "show"], list[Interface], found, "own addresses"):
        for address in interface.addr_info:
            add_own(address, interface.ifname, found)
    for family in ("-4", "-6"):
        for route in _routes(family, found):
            add_route(route, found)


def add_own(address: OwnAddress, interface: str, found: Found) -> None:
    """Add one of our addresses with the network around it."""
    if not found.need(address.local, f"own address on {interface}"):
        return
    if address.broadcast:
        found.need(address.broadcast, f"broadcast address of {interface}")
    network = Address.parse(address.local).prefix(address.prefixlen)
    if not network.is_single:
        found.link(network)


def add_route(route: Route, found: Found) -> None:
    """Add the gateways of a route; a route without one, through an interface, leads to our own link."""
    hops: Sequence[NextHop] = [route, *route.nexthops]
    gateways = [(hop.gateway or (hop.via.host if hop.via else ""), hop.dev) for hop in hops]
    gateways = [(gateway, dev) for gateway, dev in gateways if gateway and gateway not in _NO_GATEWAY]
    for gateway, device in gateways:
        found.need(gateway, f"gateway of {device}" if device else "gateway")
    if not gateways and route.type == "unicast" and ":" in route.dst:
        try:
            found.link(Prefix.parse(route.dst))
        except AddressError:
            found.gap(f"the route to {route.dst!r} is not understood")


def _routes(family: str, found: Found) -> list[Route]:
    everything = ["ip", "-j", family, "route", "show", "table", "all"]
    what = f"IPv{family[1]} gateways"
    try:
        completed = hostcmd.run(everything, max_output_bytes=_MAX_OUTPUT_BYTES)
    except hostcmd.HostCommandError as error:
        found.gap(f"{what}: {error.message}")
        return []
    if completed.is_truncated:
        found.gap(f"{what}: too many routes to read; only default routes count")
        return _listed(["ip", "-j", family, "route", "show", "default"], list[Route], found, what)
    return _decoded(completed.stdout, list[Route], found, what)


_Listed = TypeVar("_Listed")


def _listed(command: Sequence[str], kind: type[list[_Listed]], found: Found, what: str) -> list[_Listed]:
    try:
        return _decoded(hostcmd.run(command, max_output_bytes=_MAX_OUTPUT_BYTES).stdout, kind, found, what)
    except hostcmd.HostCommandError as error:
        found.gap(f"{what}: {error.message}")
        return []


def _decoded(printed: bytes, kind: type[list[_Listed]], found: Found, what: str) -> list[_Listed]:
    try:
        return msgspec.json.decode(printed.strip() or b"[]", type=kind)
    except msgspec.MsgspecError as error:
        found.gap(f"{what}: iproute2 printed what is not understood: {error}")
        return []
