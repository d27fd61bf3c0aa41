"""Check own addresses actively: from here, from another node over ssh, or with nmap."""

import asyncio
import datetime as dt
import ipaddress
import json
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from scanwarden.audit.active import nmap, sweep
from scanwarden.audit.active.far import Far
from scanwarden.audit.active.greet import Greeting, greet_all
from scanwarden.audit.active.probes import TOP_PORTS, probe_of
from scanwarden.audit.network import Network
from scanwarden.errors import AddressError, SensorError
from scanwarden.model.address import Address
from scanwarden.model.ports import Ports

ALL_TCP = Ports.parse("1-65535")
FROM_HERE = (
    "Checked from this host itself: packets to an own address never pass the interface, so this shows what listens, "
    "not what the firewall lets in. Name another node with --from to see that."
)


class Order(Struct, frozen=True, kw_only=True):
    """What to check. `udp` are ports beside the usual ones; `far` is the node to check from, null for this one."""

    addresses: tuple[str, ...]
    tcp: Ports = ALL_TCP
    udp: Ports | None = None
    per_second: int = sweep.PER_SECOND
    far: Far | None = None
    is_with_nmap: bool = False


class Checked(Struct, frozen=True, kw_only=True):
    """What was found at one address. `tcp` gives ports by state, as ranges; `seconds` is how long TCP took."""

    address: str
    source: str
    tool: str
    tcp: dict[str, str]
    udp: dict[int, str]
    seconds: float
    greetings: tuple[Greeting, ...] = ()

    @property
    def open_tcp(self) -> Ports:
        """Give the open TCP ports."""
        return Ports.parse(self.tcp.get("open", ""))


class Report(Struct, frozen=True, kw_only=True):
    """A whole check; `cannot_show` says what this way of checking leaves open."""

    checked: tuple[Checked, ...]
    cannot_show: str | None = None


def own_addresses(network: Network) -> list[str]:
    """Give the addresses of this host that others can use: not loopback, not link-local."""
    found = [one for interface in network.interfaces for version in (4, 6) for one in interface.addresses(version)]
    return [one for one in dict.fromkeys(found) if not _is_narrow(one)]


def refuse_foreign(addresses: Iterable[str], own: Sequence[str]) -> None:
    """Raise AddressError for an address that does not belong to this host."""
    for address in addresses:
        parsed = ipaddress.ip_address(Address.parse(address).packed)
        if not parsed.is_loopback and str(parsed) not in own:
            raise AddressError(
                f"{parsed} is not an address of this host",
                remedy="check only what is yours; if it is, say so with --i-own-this",
            )


def check(order: Order, *, now: dt.datetime) -> Report:
    """Knock at every address in turn; raises SensorError or HostCommandError saying what failed."""
    checked = tuple(_one(order, address, now) for address in order.addresses)
    return Report(checked=checked, cannot_show=None if order.far else FROM_HERE)


def _one(order: Order, address: str, now: dt.datetime) -> Checked:
    ports = [*TOP_PORTS, *(order.udp or ())]
    udp = {port: probe_of(port).hex() for port in dict.fromkeys(ports)} if order.udp is not None else {}
    wanted = {
        "address": address,
        "tcp": [] if order.is_with_nmap else order.tcp.ranges,
        "udp": udp,
        "per_second": order.per_second,
    }
    told = _swept(order, wanted)
    tcp = {state: _ports(ranges) for state, ranges in told["tcp"].items()}
    seconds, tool = float(told["tcp_seconds"]), "scanwarden"
    if order.is_with_nmap:
        states, seconds = nmap.scan(address, order.tcp, run=order.far.run if order.far else nmap.run_here)
        tcp, tool = {state: str(ports) for state, ports in states.items()}, "nmap"
    greetings = asyncio.run(greet_all(address, Ports.parse(tcp.get("open", "")), now=now))
    return Checked(
        address=address,
        source=str(Address.parse(str(told["source"]))),
        tool=tool,
        tcp=tcp,
        udp={int(port): str(state) for port, state in told["udp"].items()},
        seconds=seconds,
        greetings=tuple(greetings),
    )


def _swept(order: Order, wanted: dict[str, object]) -> dict[str, Any]:
    if order.far is None:
        return sweep.sweep(wanted)
    told = order.far.sweep(wanted)
    try:
        found = json.loads(told)
    except ValueError as error:
        raise SensorError(f"{order.far.name} did not answer as expected: {told[:80]!r}") from error
    if not isinstance(found, dict) or not {"tcp", "udp", "source", "tcp_seconds"} <= set(found):
        raise SensorError(f"{order.far.name} did not answer as expected: {told[:80]!r}")
    return found


def _ports(ranges: object) -> str:
    pairs = ranges if isinstance(ranges, list) else []
    return str(Ports.parse(",".join(f"{int(first)}-{int(last)}" for first, last in pairs)))


def _is_narrow(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_link_local
