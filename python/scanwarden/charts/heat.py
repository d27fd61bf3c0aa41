"""Draw which ports were sought when: one row a port, one column a span of time."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from scanwarden.charts.axes import Plot, Sheet, time_axis
from scanwarden.charts.ports import port_label
from scanwarden.charts.scale import time_ticks
from scanwarden.charts.svg import Drawing
from scanwarden.charts.timeline import moment
from scanwarden.language import Catalogue
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store.views import HeatMap

LEVELS = 5
_ROW, _TOP = 20, 6
_NARROW = 600
_POINTED_AT = 5.0  # what is narrower than so many pixels nobody points at


def heat(found: HeatMap, say: Catalogue, *, width: float = 960, rows: int = 16) -> Drawing:
    """Draw the map; the shade of a cell is the logarithm of its sources, in five levels."""
    narrow = width < _NARROW
    ports, counts = found.ports[:rows], _columns(found, 24 if narrow else 96)[:rows]
    height = _TOP + max(len(ports), 1) * _ROW + 26
    drawing = Drawing(width, height, title=say("chart.heat"), description=_description(found, say))
    plot = Plot(104 if narrow else 128, _TOP, width - (112 if narrow else 138), max(len(ports), 1) * _ROW)
    if not ports:
        drawing.text(width / 2, plot.top + 14, say("chart.nothing"), "label", anchor="middle")
        return drawing
    highest = max((count for row in counts for count in row), default=1)
    since = int(found.starts_at[0])
    until = since + len(found.starts_at) * found.span_s * NS_PER_S
    for index, (port, row) in enumerate(zip(ports, counts, strict=True)):
        y = plot.top + index * _ROW
        drawing.text(plot.left - 8, y + 14, port_label(port, short=narrow), "name", anchor="end")
        cells = _Cells(port, since, (until - since) // len(row))
        _row(Sheet(drawing, plot, say), y, row, highest, cells)
    time_axis(drawing, plot, time_ticks(since, until, most=4 if narrow else 8))
    return drawing


def level(count: int, highest: int) -> int:
    """Give the shade of a count, 0 for none to 5."""
    if count <= 0:
        return 0
    return 1 + min(LEVELS - 1, math.floor(LEVELS * math.log1p(count) / math.log1p(highest) - 1e-9))


def _row(sheet: Sheet, y: float, row: Sequence[int], highest: int, cells: "_Cells") -> None:
    drawing, plot, say = sheet
    cell = plot.width / len(row)
    gap = min(1.5, cell / 6)
    drawing.rect(plot.left, y + 1, plot.width, _ROW - 2, "h0")
    for column, count in enumerate(row):
        if count:
            starts = moment(Timestamp(cells.since + column * cells.span_ns))
            tip = f"{cells.port}, {starts}: {say('count.source', n=count)}" if cell > _POINTED_AT else ""
            x = plot.left + column * cell
            drawing.rect(x, y + 1, cell - gap, _ROW - 2, f"h{level(count, highest)}", tip=tip)


class _Cells(NamedTuple):
    """What a row is about: its port, when its first cell begins, and how long each lasts."""

    port: str
    since: int
    span_ns: int


def _columns(found: HeatMap, most: int) -> list[list[int]]:
    """Join neighbouring spans until there are at most so many columns."""
    spans = len(found.starts_at)
    group = max(1, -(-spans // most))
    return [[sum(row[at : at + group]) for at in range(0, spans, group)] for row in found.counts]


def _description(found: HeatMap, say: Catalogue) -> str:
    if not found.ports:
        return say("chart.nothing")
    named = ", ".join(port_label(port) for port in found.ports[:5])
    return say("chart.heat_told", ports=named)
