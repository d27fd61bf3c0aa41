"""Survey this host: list its openings and pass each through the rules of every interface."""

import ipaddress
from collections.abc import Iterator

from msgspec.structs import replace

from scanwarden.audit.firewall.flow import Case
from scanwarden.audit.network import Interface, Network, may_enter, other_networks
from scanwarden.audit.openings import STATES, Opening, Survey, worst
from scanwarden.audit.owners import Process, owners_of, user_name
from scanwarden.audit.reach import Arrival, Destination, Path, Reach, State, judge, translated_ports
from scanwarden.audit.services import port_class, service_of
from scanwarden.audit.sockets import Socket

_ALL = "*"
_LEVELS = ("high", "medium", "low")
MAX_CANDIDATES = 4096
_RAW_NAMES = {1: "icmp", 58: "icmpv6", 132: "sctp", 2: "igmp", 89: "ospf", 112: "vrrp", 47: "gre", 50: "esp"}


def survey(*, now_ns: int) -> Survey:
    """Look at every socket of this host and of the containers behind it; raises SensorError.

    Without root the owners of other users' sockets, the rules and the containers stay unknown, and `gaps` says so.
    """
    own = Network()
    others, left_out = other_networks(own) if may_enter() else ([], 0)
    gaps = list(own.ruleset.gaps)
    if not may_enter():
        gaps.append("without root, whose sockets these are, and containers, are not seen")
    if left_out:
        gaps.append(f"{left_out} network namespaces with sockets do not route through this host and are left out")
    return Survey(
        time_ns=now_ns,
        interfaces=tuple(one.name for one in _outer(own, others)),
        openings=tuple(_Surveyor(own, others).openings()),
        gaps=tuple(gaps),
    )


class _Surveyor:
    """One survey in the making."""

    def __init__(self, own: Network, others: list[Network]) -> None:
        self._own = own
        self._others = others
        self._outer = _outer(own, others)
        everything = [(network, one) for network in (own, *others) for one in network.sockets]
        self._owners = owners_of(one.inode for _, one in everything)

    def openings(self) -> list[Opening]:
        published = self._published()
        networks = (self._own, *self._others)
        found = [self._opening(network, one, published) for network in networks for one in network.sockets]
        found += self._elsewhere(published)
        return sorted(_without_doubles(found), key=_rank)

    def _opening(self, network: Network, one: Socket, published: dict[tuple[str, Destination], list[Reach]]) -> Opening:
        reaches, why = self._reaches(network, one)
        for (protocol, destination), ways in published.items():
            if protocol == one.protocol and _takes(network, one, destination):
                reaches += ways
        return self._described(network, one, tuple(dict.fromkeys(reaches)), why)

    def _described(self, network: Network, one: Socket, reaches: tuple[Reach, ...], why: str) -> Opening:
        processes = self._owners.get(one.inode, ())
        service = service_of(one.protocol, one.port, processes[0].name if processes else "")
        name = _RAW_NAMES.get(one.port, str(one.port)) if one.protocol == "raw" else service.name
        state = worst(reaches)
        return Opening(
            protocol=one.protocol,
            port=one.port,
            address=_ALL if one.address is None else str(one.address),
            versions=one.versions,
            service=name,
            port_class=port_class(one.port),
            risk=service.risk if one.protocol != "raw" else None,
            processes=processes,
            user=user_name(one.uid),
            namespace=_label(network, processes),
            state=state,
            reaches=reaches,
            why=why if not reaches else "",
        )

    def _reaches(self, network: Network, one: Socket) -> tuple[list[Reach], str]:
        """Pass a flow to the socket's own address and port through each interface."""
        if one.address is not None and ipaddress.ip_address(one.address.packed).is_loopback:
            return [], "bound to loopback"
        if one.address is not None and ipaddress.ip_address(one.address.packed).is_multicast:
            return [], f"takes only what is sent to the group {one.address}"
        if not self._outer:
            return [], "no interface leads outside"
        found = [self._direct(network, arrival) for arrival in self._arrivals(network, one)]
        return found, "" if found else "no interface has an address for it"

    def _arrivals(self, network: Network, one: Socket) -> Iterator[Arrival]:
        protocol = _RAW_NAMES.get(one.port, str(one.port)) if one.protocol == "raw" else one.protocol
        port = 0 if one.protocol == "raw" else one.port
        for interface in self._outer:
            if network is self._own and one.interface not in (0, interface.number):
                continue
            for version in one.versions:
                for address in self._addresses(network, interface, one, version):
                    yield Arrival(interface=interface, address=address, port=port, protocol=protocol)

    def _addresses(self, network: Network, interface: Interface, one: Socket, version: int) -> list[str]:
        if one.address is not None:
            bound = str(ipaddress.ip_address(one.address.packed))
            is_elsewhere = ipaddress.ip_address(bound).is_link_local and bound not in interface.addresses(version)
            return [] if is_elsewhere else [bound]
        if network is self._own:
            # One global and one link-local address stand for the others: rules seldom tell them apart, and those
            # that do are met by the sockets bound to them.
            return interface.addresses(version)
        return [
            address
            for inner in network.interfaces
            if not inner.is_loopback
            for address in inner.addresses(version)
            if not ipaddress.ip_address(address).is_link_local
        ]

    def _direct(self, network: Network, arrival: Arrival) -> Reach:
        """Judge one arrival that asks for the socket's own address."""
        wanted = Destination(arrival.address, arrival.port)
        reach = self._judged(arrival, wanted)
        if network is self._own or reach.state == "blocked":
            return reach
        condition = f"the sender routes to {arrival.address} through this host"
        state: State = "depends" if reach.state == "reachable" else reach.state
        return replace(reach, state=state, conditions=(*reach.conditions, condition), needs_route=True)

    def _judged(self, arrival: Arrival, wanted: Destination) -> Reach:
        path = Path(self._own, arrival)
        ends, dropped = path.ends()
        got = ends.pop(wanted, [])
        elsewhere = [case for cases in ends.values() for case in cases]
        reach = self._inside(path, arrival, wanted, got, [*dropped, *elsewhere])
        if reach.state == "blocked" and elsewhere and not dropped:
            other = next(iter(ends))
            reach = replace(reach, why=f"passed on to {_end(other)} by {elsewhere[0].because}")
        return reach

    def _inside(self, path: Path, arrival: Arrival, wanted: Destination, got: list[Case], lost: list[Case]) -> Reach:
        """Judge, having passed the rules of the namespace where the socket is as well."""
        gaps = self._own.ruleset.gaps
        inner = self._network_of(wanted.address)
        if inner is not None and got:
            network, interface = inner
            further = Arrival(interface=interface, address=wanted.address, port=wanted.port, protocol=arrival.protocol)
            ends, dropped = Path(network, further).ends([replace(case, is_translated=False) for case in got])
            got = ends.get(wanted, [])
            lost = [*lost, *dropped]
            gaps = (*gaps, *network.ruleset.gaps)
        return judge(path, arrival, got, lost, gaps)

    def _network_of(self, address: str) -> tuple[Network, Interface] | None:
        for network in self._others:
            for interface in network.interfaces:
                if not interface.is_loopback and address in interface.addresses(4) + interface.addresses(6):
                    return network, interface
        return None

    def _published(self) -> dict[tuple[str, Destination], list[Reach]]:
        """Follow each port that a rule translates to where it leads."""
        ports = dict.fromkeys([*translated_ports(self._own.ruleset), *self._ports()])
        found: dict[tuple[str, Destination], list[Reach]] = {}
        if not any(True for _ in translated_ports(self._own.ruleset)) and not self._others:
            return found
        for protocol in ("tcp", "udp"):
            for interface in self._outer:
                for address in (*interface.addresses(4), *interface.addresses(6)):
                    for port in list(ports)[:MAX_CANDIDATES]:
                        arrival = Arrival(interface=interface, address=address, port=port, protocol=protocol)
                        self._follow(arrival, found)
        return found

    def _follow(self, arrival: Arrival, found: dict[tuple[str, Destination], list[Reach]]) -> None:
        path = Path(self._own, arrival)
        ends, dropped = path.ends()
        for destination, got in ends.items():
            if destination != Destination(arrival.address, arrival.port):
                others = [case for end, cases in ends.items() if end != destination for case in cases]
                reach = self._inside(path, arrival, destination, got, [*dropped, *others])
                found.setdefault((arrival.protocol, destination), []).append(reach)

    def _ports(self) -> list[int]:
        return [one.port for network in (self._own, *self._others) for one in network.sockets if one.protocol != "raw"]

    def _elsewhere(self, published: dict[tuple[str, Destination], list[Reach]]) -> list[Opening]:
        """Give the ports that are passed on to hosts which are not looked into."""
        found: list[Opening] = []
        for (protocol, destination), reaches in published.items():
            networks = (self._own, *self._others)
            if any(
                one.protocol == protocol and _takes(network, one, destination)
                for network in networks
                for one in network.sockets
            ):
                continue
            if worst(tuple(reaches)) == "blocked" or self._is_own(destination.address):
                continue
            service = service_of(protocol, destination.port)
            found.append(
                Opening(
                    protocol=protocol,  # type: ignore[arg-type]  # tcp or udp
                    port=destination.port,
                    address=destination.address,
                    versions=(ipaddress.ip_address(destination.address).version,),
                    service=service.name,
                    port_class=port_class(destination.port),
                    risk=service.risk,
                    user="",
                    namespace="another host",
                    state=worst(tuple(reaches)),
                    reaches=tuple(reaches),
                )
            )
        return found

    def _is_own(self, address: str) -> bool:
        """Say whether nothing listens behind a translated port, although the host is known."""
        parsed = ipaddress.ip_address(address)
        return int(parsed) in self._own.local(parsed.version) or self._network_of(address) is not None


def _takes(network: Network, one: Socket, destination: Destination) -> bool:
    """Say whether a socket takes what arrives for a destination in its namespace."""
    parsed = ipaddress.ip_address(destination.address)
    if one.port != destination.port or parsed.version not in one.versions:
        return False
    is_here = int(parsed) in network.local(parsed.version)
    return is_here and (one.address is None or one.address.packed == parsed.packed)


def _outer(own: Network, others: list[Network]) -> list[Interface]:
    """Give the interfaces that lead outside: not loopback, and not those behind which only our containers are."""
    gateways = {address for network in others for address in network.gateways()}
    return [
        one
        for one in own.interfaces
        if one.is_up
        and not one.is_loopback
        and one.networks
        and not gateways & {address for version in (4, 6) for address in one.addresses(version)}
    ]


def _label(network: Network, processes: tuple[Process, ...]) -> str | None:
    if network.pid is None:
        return None
    return next((one.container for one in processes if one.container), network.label)


def _end(destination: Destination) -> str:
    host = f"[{destination.address}]" if ":" in destination.address else destination.address
    return f"{host}:{destination.port}"


def _without_doubles(found: list[Opening]) -> list[Opening]:
    """Join sockets that differ in nothing a person sees, such as those of workers that share a port."""
    kept: dict[tuple[object, ...], Opening] = {}
    for one in found:
        same = (one.protocol, one.port, one.address, one.versions, one.namespace, one.user, one.processes[:1])
        kept.setdefault(same, one)
    return list(kept.values())


def _rank(opening: Opening) -> tuple[object, ...]:
    level = _LEVELS.index(opening.risk.level) if opening.risk else len(_LEVELS)
    return (STATES.index(opening.state), level, opening.protocol, opening.port, opening.address)
