"""Write a report as Markdown (CommonMark with tables), for tickets and chats."""

from collections.abc import Iterable, Sequence

from scanwarden import __version__
from scanwarden.language import Catalogue
from scanwarden.model.printable import printable
from scanwarden.model.time import Timestamp
from scanwarden.report.contents import Contents
from scanwarden.report.html import moment
from scanwarden.store.views import Ranked, ScanRow

MAX_CELL_CHARS = 200
# Whatever Markdown or the HTML inside it gives a meaning (CommonMark 0.31.2, 2.4).
_SPECIAL = frozenset("\\`*_{}[]<>()#+-.!|~&:/@$^=\"'")
_PLAIN = frozenset(".:-/")  # of addresses, times and ports, which must stay readable; harmless inside a line


def markdown_page(contents: Contents, say: Catalogue, now: Timestamp, *, pictures: Sequence[str] = ()) -> str:
    """Give the page; `pictures` are the names of PNG files beside it."""
    found = contents.overview
    title = say("report.title", since=moment(contents.since), until=moment(contents.until))
    lines = [f"# {title}", "", _lead(contents, say), ""]
    for name in pictures:
        lines += [f"![{name.partition('.')[0]}]({name})", ""]
    if contents.gravest:
        lines += [f"## {say('report.gravest')}", "", *_scans(contents.gravest, say), ""]
    for heading, ranked, counted in (
        (say("overview.techniques"), _named(found.techniques_top, say), say("nav.scans")),
        (say("overview.sources"), found.sources_top, say("nav.scans")),
        (say("report.top_ports"), found.ports_top, say("nav.sources")),
        (say("report.top_networks"), found.networks_top, say("nav.scans")),
    ):
        if ranked:
            rows = [[one.name, f"{one.count:,}"] for one in ranked]
            lines += [f"## {heading}", "", *_table([heading, counted], rows), ""]
    if contents.learnt:
        lines += [f"## {say('report.learnt')}", "", *(f"- {inert(one)}" for one in contents.learnt), ""]
    if contents.notices:
        lines += [f"## {say('overview.notices')}", ""]
        lines += [f"- {moment(one.time)} {inert(one.text)}" for one in contents.notices] + [""]
    lines.append(say("report.made", version=__version__, time=moment(now)))
    return "\n".join(lines) + "\n"


def inert(text: str) -> str:
    """Make any text mean only itself in Markdown; control characters become visible, links stay text."""
    shown = printable(text, max_chars=MAX_CELL_CHARS)
    inside = "".join(f"\\{one}" if one in _SPECIAL - _PLAIN else one for one in shown)
    return inside.replace("://", ":\\//").replace("www.", "www\\.")


def _lead(contents: Contents, say: Catalogue) -> str:
    found = contents.overview
    if not found.scans:
        return say("report.none")
    scans, sources = say("count.scan", n=found.scans), say("count.source", n=found.sources)
    told = say("report.summary", scans=scans, sources=sources, probes=say("count.probe", n=found.probes))
    return f"{told} {say('report.bans', n=contents.bans_made)}"


def _scans(rows: Iterable[ScanRow], say: Catalogue) -> list[str]:
    names = ("severity", "when", "source", "technique", "ports", "probes", "decision")
    cells = [
        [
            str(row.severity),
            moment(row.opened_at),
            row.source or say("count.address", n=row.members),
            ", ".join(say(f"technique.{name}") for name in row.techniques),
            row.ports,
            f"{row.probes:,}",
            say(f"action.{row.action}") if row.action else "",
        ]
        for row in rows
    ]
    return _table([say(f"scan.{name}") for name in names], cells)


def _named(ranked: Iterable[Ranked], say: Catalogue) -> list[Ranked]:
    return [Ranked(name=say(f"technique.{one.name}"), count=one.count) for one in ranked]


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    head = f"| {' | '.join(map(inert, heads))} |"
    rule = f"|{'---|' * len(heads)}"
    return [head, rule, *(f"| {' | '.join(map(inert, row))} |" for row in rows)]
