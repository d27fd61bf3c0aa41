"""Write a survey for people, in 80 columns."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from scanwarden.audit.baseline import Drift
from scanwarden.audit.openings import Opening, Survey
from scanwarden.audit.reach import Reach, State
from scanwarden.model.printable import printable

WIDTH = 80
_INDENT = " " * 14
_HEADINGS: dict[State, str] = {
    "reachable": "Reachable from outside",
    "unknown": "Perhaps reachable: the rules are not fully understood",
    "depends": "Reachable by some, or under a condition",
    "blocked": "Not reachable from outside",
}


def survey_lines(survey: Survey, drift: Sequence[Drift] = ()) -> list[str]:
    """Give the lines of a whole survey; `drift` marks what is not expected."""
    told = [_summary(survey)]
    unexpected = {(one.protocol, one.port) for one in drift if one.kind != "missing"}
    for state, heading in _HEADINGS.items():
        openings = [one for one in survey.openings if one.state == state]
        if openings:
            told += ["", heading]
            for opening in openings:
                told += _opening_lines(opening, unexpected)
    if survey.gaps:
        told += ["", "Not known"]
        for gap in survey.gaps:
            told += _wrapped(printable(gap), "  ")
    return told


def _summary(survey: Survey) -> str:
    reached = sum(one.state != "blocked" for one in survey.openings)
    count = len(survey.openings)
    through = f" through {', '.join(survey.interfaces)}" if survey.interfaces else ""
    listen = "1 socket listens" if count == 1 else f"{count} sockets listen"
    return f"{listen} here; {reached} of them can be reached from outside{through}."


def _opening_lines(opening: Opening, unexpected: set[tuple[str, int]]) -> Iterator[str]:
    owner = owner_text(opening)
    service = f"{opening.service}, " if opening.service else ""
    at = "" if opening.address == "*" else f" at {opening.address}"
    is_unexpected = any((opening.protocol, port) in unexpected for port in opening.outside_ports)
    mark = "  NOT EXPECTED" if is_unexpected and opening.state != "blocked" else ""
    name = f"raw {opening.service}" if opening.protocol == "raw" else opening.name
    head = f"{service if opening.protocol != 'raw' else ''}{owner}{at}{mark}"
    yield from _wrapped(head, f"  {name:<12}", _INDENT)
    if opening.risk is not None and opening.state != "blocked":
        yield from _wrapped(f"{opening.risk.level} risk, {opening.risk.kind}: {opening.risk.reason}", _INDENT)
    for line in reach_lines(opening):
        yield from _wrapped(line, _INDENT, _INDENT + "  ")


def owner_text(opening: Opening) -> str:
    """Name the process, its user and its unit or container."""
    if not opening.processes:
        whose = "an unknown process" if opening.user else "not looked into"
    else:
        whose = printable(opening.processes[0].name)
    first = opening.processes[0] if opening.processes else None
    details = [f"user {opening.user}"] if opening.user and opening.user != "root" else []
    if first is not None and first.unit is not None and first.unit.endswith(".service"):
        details.append(printable(first.unit))
    if opening.namespace is not None:
        details.append(printable(opening.namespace))
    elif first is not None and first.container is not None:
        details.append(printable(first.container))
    return f"{whose} ({', '.join(details)})" if details else whose


def reach_lines(opening: Opening) -> list[str]:
    """Say who reaches an opening, each different answer once with the addresses that it holds for."""
    grouped: dict[tuple[object, ...], list[Reach]] = {}
    for reach in opening.reaches:
        same = (reach.state, reach.sources, reach.is_except, reach.conditions, reach.port, reach.why)
        grouped.setdefault(same, []).append(reach)
    if not grouped:
        return [opening.why] if opening.why else []
    return [_reach_line(opening, reaches) for reaches in grouped.values()]


def _reach_line(opening: Opening, reaches: list[Reach]) -> str:
    first = reaches[0]
    places = ", ".join(dict.fromkeys(_place(reach) for reach in reaches))
    is_published = first.port != opening.port and opening.protocol != "raw"
    published = f" as {first.port}/{opening.protocol}" if is_published else ""
    where = f"{places}{published}"
    why = f" ({printable(first.why)})" if first.why else ""
    if first.state == "blocked":
        return f"{where}: no{why}"
    who = _who(first)
    condition = f", if {' and '.join(map(printable, first.conditions))}" if first.conditions else ""
    perhaps = "perhaps " if first.state == "unknown" else ""
    return f"{where}: {perhaps}{who}{condition}{why}"


def _who(reach: Reach) -> str:
    shown = ", ".join(reach.sources[:4])
    more = f" and {len(reach.sources) - 4} more" if len(reach.sources) > 4 else ""
    if not reach.sources:
        return "everybody" if not reach.address.startswith("fe80") else "everybody on the same link"
    return f"everybody except {shown}{more}" if reach.is_except else f"from {shown}{more}"


def _place(reach: Reach) -> str:
    return f"{reach.interface} {reach.address}"


def _wrapped(text: str, first: str, rest: str | None = None) -> Iterable[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest, break_on_hyphens=False
    )
