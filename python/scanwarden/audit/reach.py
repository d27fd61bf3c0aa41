"""Judge who outside can reach a socket, interface by interface, by passing a new flow through the rules."""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from scanwarden.audit.firewall.flow import Case, Opener
from scanwarden.audit.firewall.rules import ChooseRedirect, Doubt, Hook, Redirect, Ruleset
from scanwarden.audit.firewall.spans import Spans, everybody, network_texts
from scanwarden.audit.firewall.walk import Walk
from scanwarden.audit.network import Interface, Network

State = Literal["reachable", "depends", "blocked", "unknown"]
MAX_SOURCES = 64
MAX_CONDITIONS = 8
_BEFORE_ROUTING: tuple[Hook, ...] = ("ingress", "prerouting")


class Reach(Struct, frozen=True, kw_only=True):
    """Who gets to a socket through one interface and address.

    `sources` are who alone may (`depends`) or, if `is_except`, who may not; `conditions` is what else must hold; `why`
    names the rule that decided last. `needs_route`: the address is not this host's, so a sender must know the way.
    """

    interface: str
    address: str
    port: int
    state: State
    sources: tuple[str, ...] = ()
    is_except: bool = False
    conditions: tuple[str, ...] = ()
    needs_route: bool = False
    why: str = ""


class Arrival(Struct, frozen=True, kw_only=True):
    """Where a flow comes in: an interface, the address and port that it asks for."""

    interface: Interface
    address: str
    port: int
    protocol: str

    @property
    def version(self) -> int:
        """Say 4 or 6."""
        return ipaddress.ip_address(self.address).version


class Destination(Struct, frozen=True):
    """Where packets end after all translation."""

    address: str
    port: int


class Path:
    """One arrival on its way through the host's rules."""

    def __init__(self, network: Network, arrival: Arrival) -> None:
        self._network = network
        self._arrival = arrival
        version = arrival.version
        local = network.local(version)
        daddr = int(ipaddress.ip_address(arrival.address))
        addresses = arrival.interface.addresses(version)
        self._opener = Opener(
            version=version,
            protocol=arrival.protocol,
            interface=arrival.interface.name,
            daddr=daddr,
            dport=arrival.port,
            own=int(ipaddress.ip_address(addresses[0])) if addresses else daddr,
            local=local,
        )
        is_link_local = ipaddress.ip_address(arrival.address).is_link_local
        self.senders = (Spans.network("fe80::/10") if is_link_local and version == 6 else everybody(version)) - local

    def start(self) -> list[Case]:
        """Give everybody, before the first rule."""
        return [Case(sources=self.senders, daddr=self._opener.daddr, dport=self._opener.dport)]

    def ends(self, cases: list[Case] | None = None) -> tuple[dict[Destination, list[Case]], list[Case]]:
        """Give who arrives where, and who is dropped on the way; `cases` are those of `start` unless given."""
        opener = self._opener
        walk = Walk(self._network.ruleset, opener)
        dropped: list[Case] = []
        passing = self.start() if cases is None else cases
        for hook in _BEFORE_ROUTING:
            passing, lost = walk.hook(hook, passing)
            dropped += lost
        ends: dict[Destination, list[Case]] = {}
        for case in passing:
            got, lost = self._after_routing(walk, case)
            dropped += lost
            for one in got:
                ends.setdefault(Destination(_address(one.daddr, opener.version), one.dport), []).append(one)
        return ends, dropped

    def _after_routing(self, walk: Walk, case: Case) -> tuple[list[Case], list[Case]]:
        """Pass `input` to an address of this host, else `forward` and `postrouting`."""
        opener, network = self._opener, self._network
        if case.daddr in opener.local:
            return walk.hook("input", [case], opener)
        outgoing = network.way_to(_address(case.daddr, opener.version))
        if outgoing is None or not network.forwards(opener.version, opener.interface):
            return [], [replace(case, because="this host does not forward there")]
        leaving = replace(opener, outgoing=outgoing)
        got, dropped = walk.hook("forward", [case], leaving)
        got, lost = walk.hook("postrouting", got, leaving)
        return got, dropped + lost


def judge(path: Path, arrival: Arrival, got: list[Case], lost: list[Case], gaps: tuple[str, ...] = ()) -> Reach:
    """Sum up who got through (`got`) and who did not (`lost`); `gaps` are rules that could not be read."""
    allowed, refused = _senders(got), _senders(lost)
    # A doubt both of whose outcomes let a sender in is none.
    perhaps = allowed & refused
    doubts = {doubt for case in (*got, *lost) if case.sources & perhaps for doubt in case.doubts}
    state: State = "depends"
    sources, is_except = allowed, False
    if gaps or any(not doubt.is_understood for doubt in doubts):
        state = "unknown"
    elif not allowed:
        state = "blocked"
    elif not doubts and allowed.size * 2 > path.senders.size:
        state, is_except = "reachable", allowed != path.senders
        sources = path.senders - allowed
    listed = sources if state != "reachable" or is_except else Spans()
    because = [case.because for case in (lost if state == "blocked" else got) if case.because]
    return Reach(
        interface=arrival.interface.name,
        address=arrival.address,
        port=arrival.port,
        state=state,
        sources=() if listed == path.senders else tuple(network_texts(listed, arrival.version, limit=MAX_SOURCES)),
        is_except=is_except,
        conditions=(*gaps, *_conditions(doubts, got))[:MAX_CONDITIONS],
        why=because[0] if because else "" if state == "blocked" else "no rule concerns it",
    )


def _conditions(doubts: set[Doubt], got: list[Case]) -> list[str]:
    """Name what must hold for those who get through."""
    needed = {doubt for case in got for doubt in case.doubts} & doubts
    return sorted(doubt.text for doubt in needed)


def translated_ports(ruleset: Ruleset) -> Iterator[int]:
    """Give the ports that rules name before they change a destination: candidates for published ports."""
    seen: set[int] = set()
    for table in ruleset.tables:
        for chain in table.chains.values():
            for rule in chain.rules:
                if any(isinstance(one, Redirect | ChooseRedirect) for one in rule.statements):
                    seen |= set(_ports_in(rule.statements))
    yield from sorted(seen)


def _ports_in(statements: tuple[object, ...]) -> Iterator[int]:
    for statement in statements:
        keys = getattr(statement, "keys", ())
        elements = getattr(statement, "elements", None) or [one for one, _ in getattr(statement, "entries", None) or ()]
        for at, key in enumerate(keys):
            if key.field == "dport":
                for element in elements:
                    for first, last in element[at].ranges if isinstance(element[at], Spans) else ():
                        yield from range(first, min(last, first + 64) + 1)


def _senders(cases: Iterable[Case]) -> Spans:
    return Spans(span for case in cases for span in case.sources.ranges)


def _address(number: int, version: int) -> str:
    return str(ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number))
