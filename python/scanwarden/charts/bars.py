"""Draw a ranking as horizontal bars: techniques, sources, networks."""

from collections.abc import Sequence
from typing import NamedTuple

from scanwarden.charts.svg import Drawing
from scanwarden.language import Catalogue

_ROW = 26


class Bar(NamedTuple):
    """One line of a ranking."""

    name: str
    number: int


def bars(ranked: Sequence[Bar], say: Catalogue, *, title: str, width: float = 460) -> Drawing:
    """Draw each name with its bar and its number."""
    height = max(len(ranked), 1) * _ROW + 6
    told = ", ".join(f"{bar.name}: {bar.number:,}" for bar in ranked[:5]) or say("chart.nothing")
    drawing = Drawing(width, height, title=title, description=told)
    if not ranked:
        drawing.text(width / 2, 18, say("chart.nothing"), "label", anchor="middle")
        return drawing
    highest = max(bar.number for bar in ranked)
    left = min(max(len(bar.name) for bar in ranked) * 7.2 + 14, width * 0.55)
    room = width - left - 64
    for index, bar in enumerate(ranked):
        y = index * _ROW + 4
        drawing.text(left - 10, y + 14, bar.name[: int(left / 6.6)], "name", anchor="end")
        drawing.rect(left, y + 3, room, 14, "h0", radius=2)
        drawing.rect(left, y + 3, max(bar.number / highest * room, 2), 14, "bar", radius=2)
        drawing.text(left + room + 8, y + 14, f"{bar.number:,}", "value")
    return drawing
