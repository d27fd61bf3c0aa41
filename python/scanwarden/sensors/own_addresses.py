"""Ask the host which addresses are its own: they are what a live watch guards."""

from collections.abc import Sequence

import msgspec

from scanwarden import hostcmd
from scanwarden.errors import AddressError, SensorError
from scanwarden.model.address import Address, Prefix

LOOPBACK = "lo"


class AddressEntry(msgspec.Struct, frozen=True):
    """One address of an interface, as `ip -json address` (iproute2) writes it."""

    family: str
    local: str = ""
    broadcast: str | None = None


class InterfaceEntry(msgspec.Struct, frozen=True):
    """One interface, as `ip -json address` writes it."""

    ifname: str = ""
    addr_info: tuple[AddressEntry, ...] = ()


class OwnAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """The interfaces of this host, their addresses and their IPv4 broadcast addresses."""

    interfaces: tuple[str, ...]
    home: tuple[Prefix, ...]
    broadcast: tuple[Address, ...]


def own_addresses(watched: Sequence[str]) -> OwnAddresses:
    """Ask `ip` for every address of this network namespace; raise SensorError if it gives no sensible answer."""
    listing = hostcmd.run(["ip", "-json", "address", "show"]).stdout
    return parse_addresses(listing, watched)


def parse_addresses(listing: bytes, watched: Sequence[str]) -> OwnAddresses:
    """Read the JSON listing; loopback addresses count only if the loopback interface is watched.

    All interfaces count, not just the watched ones: a Linux host answers on each for the addresses of the others
    (the weak host model, RFC 1122 3.3.4.2). IPv6 link-local ones are among them, since neighbours scan those too.
    """
    try:
        entries = msgspec.json.decode(listing, type=tuple[InterfaceEntry, ...])
        counted = [entry for entry in entries if entry.ifname != LOOPBACK or LOOPBACK in watched]
        infos = [info for entry in counted for info in entry.addr_info if info.local]
        home = {Address.parse(info.local).prefix() for info in infos}
        broadcast = {Address.parse(info.broadcast) for info in infos if info.broadcast and info.family == "inet"}
    except (msgspec.MsgspecError, AddressError) as error:
        raise SensorError(
            f"cannot read this host's addresses: {error}", remedy="check the output of: ip -json address show"
        ) from error
    return OwnAddresses(
        interfaces=tuple(entry.ifname for entry in entries if entry.ifname),
        home=tuple(sorted(home)),
        broadcast=tuple(sorted(broadcast)),
    )
