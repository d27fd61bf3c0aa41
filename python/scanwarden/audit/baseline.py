"""Compare what is open with what is expected to be, and propose an expectation for a host that has none."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from scanwarden.audit.firewall.spans import Spans, everybody
from scanwarden.audit.openings import Opening
from scanwarden.audit.reach import MAX_SOURCES, Reach
from scanwarden.config.allow import ExpectedPort
from scanwarden.model.printable import printable

MAX_NETWORKS_PROPOSED = 16


class Drift(Struct, frozen=True, kw_only=True):
    """A difference between the host and `[audit] expected`.

    `unexpected`: open to somebody and not listed; `wider`: open to more than the listed networks; `missing`: listed and
    not open. `port` is the one that the outside sees.
    """

    kind: Literal["unexpected", "wider", "missing"]
    protocol: str
    port: int
    text: str
    program: str = ""

    @property
    def key(self) -> str:
        """Tell this difference from every other."""
        return f"{self.kind} {self.port}/{self.protocol} {self.program}"


def is_exposed(reach: Reach) -> bool:
    """Say whether a way in counts: it is open, perhaps to some alone, and needs no route that nobody outside has."""
    return reach.state != "blocked" and not reach.needs_route


def drift(openings: Iterable[Opening], expected: Sequence[ExpectedPort]) -> list[Drift]:
    """List the differences, what is open and should not be first."""
    found: dict[str, Drift] = {}
    met: set[ExpectedPort] = set()
    for opening in openings:
        if opening.protocol == "raw":
            continue
        for reach in filter(is_exposed, opening.reaches):
            entries = [one for one in expected if one.protocol == opening.protocol and reach.port in one.ports]
            met.update(entries)
            one = _judged(opening, reach, entries)
            if one is not None:
                found.setdefault(one.key, one)
    missing = [_missing(entry) for entry in expected if entry not in met]
    return [*found.values(), *missing]


def _judged(opening: Opening, reach: Reach, entries: list[ExpectedPort]) -> Drift | None:
    if any(entry.source is None for entry in entries):
        return None
    program = printable(opening.processes[0].name) if opening.processes else ""
    named = f"{reach.port}/{opening.protocol}" + (f" ({program})" if program else "")
    if not entries:
        text = f"{named} can be reached {_by_whom(reach)} and is not expected"
        return Drift(kind="unexpected", protocol=opening.protocol, port=reach.port, text=text, program=program)
    version = ipaddress.ip_address(reach.address).version
    listed = Spans(
        span
        for entry in entries
        if entry.source is not None and entry.source.version == version
        for span in Spans.network(str(entry.source)).ranges
    )
    if not allowed(reach) - listed:
        return None
    text = f"{named} can be reached {_by_whom(reach)}, which is more than expected: {', '.join(map(str, entries))}"
    return Drift(kind="wider", protocol=opening.protocol, port=reach.port, text=text, program=program)


def _missing(entry: ExpectedPort) -> Drift:
    port = entry.ports.ranges[0][0]
    return Drift(kind="missing", protocol=entry.protocol, port=port, text=f"{entry} is expected and is not open")


def allowed(reach: Reach) -> Spans:
    """Give the senders that get in, as far as the list of them is whole; else everybody."""
    version = ipaddress.ip_address(reach.address).version
    everyone = Spans.network("fe80::/10") if ipaddress.ip_address(reach.address).is_link_local else everybody(version)
    if not reach.sources or reach.is_except or len(reach.sources) >= MAX_SOURCES:
        return everyone
    return Spans(span for text in reach.sources for span in _span(text))


def propose(openings: Iterable[Opening]) -> list[str]:
    """Write an expectation that fits what is open now, for an administrator to look through."""
    wanted: dict[tuple[str, int], set[str]] = {}
    for opening in openings:
        for reach in filter(is_exposed, opening.reaches):
            if opening.protocol != "raw":
                wanted.setdefault((opening.protocol, reach.port), set()).update(_proposed(reach))
    entries = []
    for (protocol, port), sources in sorted(wanted.items(), key=lambda one: (one[0][1], one[0][0])):
        is_open_to_all = "" in sources or len(sources) > MAX_NETWORKS_PROPOSED
        ends = [""] if is_open_to_all else [f" from {source}" for source in sorted(sources)]
        entries += [f"{port}/{protocol}{end}" for end in ends]
    return entries


def _proposed(reach: Reach) -> list[str]:
    if reach.state != "depends" or not reach.sources or reach.is_except or reach.conditions:
        # Whoever is on the same link is not named: a link-local address is no network of its own.
        return [""]
    version = ipaddress.ip_address(reach.address).version
    found: list[str] = []
    for first, last in allowed(reach).ranges:
        low, high = (ipaddress.ip_address(n) if version == 4 else ipaddress.IPv6Address(n) for n in (first, last))
        found += [str(one) for one in ipaddress.summarize_address_range(low, high)]
    return found


def _by_whom(reach: Reach) -> str:
    if reach.state == "unknown":
        return "perhaps (the rules are not fully understood)"
    if reach.is_except or not reach.sources:
        return "by everybody"
    shown = ", ".join(reach.sources[:3])
    return f"from {shown}" + (f" and {len(reach.sources) - 3} more networks" if len(reach.sources) > 3 else "")


def _span(text: str) -> tuple[tuple[int, int], ...]:
    if "-" in text:
        first, _, last = text.partition("-")
        return ((int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last))),)
    return Spans.network(text).ranges
