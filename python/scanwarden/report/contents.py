"""Collect what a report holds, of one moment of the store."""

from collections.abc import Sequence
from typing import NamedTuple

from scanwarden.audit.learnt import join, sentences
from scanwarden.charts import Drawing
from scanwarden.charts.bars import Bar, bars
from scanwarden.charts.heat import heat
from scanwarden.charts.timeline import timeline
from scanwarden.config.allow import ExpectedPort
from scanwarden.language import Catalogue
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store import Reader, ScanFilter
from scanwarden.store.views import HeatMap, NoticeRow, Overview, ScanRow

LISTED = 20
TOP = 10
HEAT_COLUMNS = 96
WIDTH, HALF = 960.0, 470.0
_GRAVEST = (5, 4, 3, 2, 1)


class Contents(NamedTuple):
    """The figures of a period, its gravest scans and its notices."""

    since: Timestamp
    until: Timestamp
    overview: Overview
    heat: HeatMap
    gravest: tuple[ScanRow, ...]
    bans_made: int
    notices: tuple[NoticeRow, ...]
    learnt: tuple[str, ...] = ()


def collect(reader: Reader, since: int, until: int, *, expected: Sequence[ExpectedPort] = ()) -> Contents:
    """Ask the store for everything in a report from `since` to `until`, in nanoseconds since 1970.

    `expected` is what `[audit]` says is meant to be open; what scanners learnt beyond that is told in sentences.
    """
    hours = (until - since) // (3600 * NS_PER_S)
    return Contents(
        since=Timestamp(since),
        until=Timestamp(until),
        overview=reader.overview(since, until, top=TOP),
        heat=reader.port_heat(since, until, span_s=max(1, hours // HEAT_COLUMNS) * 3600, ports=16),
        gravest=_gravest(reader, since, until),
        bans_made=reader.bans_made(since, until),
        notices=tuple(one for one in reader.notices(since=since, limit=LISTED) if one.time <= until),
        learnt=tuple(
            sentences(join(reader.learnt(since, until), expected), has_baseline=bool(expected), period="in this time")
        ),
    )


def drawings(contents: Contents, say: Catalogue) -> dict[str, Drawing]:
    """Draw the charts of a report, by the names of their files."""
    found = contents.overview
    techniques = [Bar(say(f"technique.{one.name}"), one.count) for one in found.techniques_top]
    sources = [Bar(one.name, one.count) for one in found.sources_top]
    return {
        "scans": timeline(found.timeline, int(contents.until), say, width=WIDTH),
        "ports": heat(contents.heat, say, width=WIDTH),
        "techniques": bars(techniques, say, title=say("overview.techniques"), width=HALF),
        "sources": bars(sources, say, title=say("overview.sources"), width=HALF),
    }


def _gravest(reader: Reader, since: int, until: int) -> tuple[ScanRow, ...]:
    """List the gravest scans of the period, the newest first among equals."""
    found: list[ScanRow] = []
    for severity in _GRAVEST:
        wanted = ScanFilter(since=Timestamp(since), until=Timestamp(until), minimum_severity=severity)
        known = {row.id for row in found}
        page = reader.scans(wanted, limit=LISTED + len(known)).scans
        found += [row for row in page if row.id not in known]
        if len(found) >= LISTED:
            break
    return tuple(found[:LISTED])
