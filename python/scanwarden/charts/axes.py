"""Draw the frame that charts over time share."""

from collections.abc import Iterable
from typing import NamedTuple

from scanwarden.charts.scale import Tick
from scanwarden.charts.svg import Drawing
from scanwarden.language import Catalogue


class Plot(NamedTuple):
    """The part of a drawing that values are drawn in."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Give the x coordinate of the right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Give the y coordinate of the lower edge."""
        return self.top + self.height

    def x(self, share: float) -> float:
        """Give the coordinate at a share of the width."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """Give the coordinate at a share of the height, from below."""
        return self.bottom - share * self.height


class Sheet(NamedTuple):
    """What the parts of one chart are drawn with."""

    drawing: Drawing
    plot: Plot
    say: Catalogue


def value_axis(drawing: Drawing, plot: Plot, ticks: Iterable[Tick]) -> None:
    """Draw a line across for each tick and its number on the left."""
    for tick in ticks:
        y = plot.y(tick.at)
        drawing.line(plot.left, y, plot.right, y, "axis" if tick.at == 0 else "grid")
        drawing.text(plot.left - 6, y + 4, tick.text, "label", anchor="end")


def time_axis(drawing: Drawing, plot: Plot, ticks: Iterable[Tick]) -> None:
    """Write times below the plot, kept inside the drawing."""
    for tick in ticks:
        x = plot.x(tick.at)
        drawing.line(x, plot.bottom, x, plot.bottom + 4, "axis")
        half = 3.4 * len(tick.text)
        drawing.text(min(max(x, half), drawing.width - half), plot.bottom + 16, tick.text, "label", anchor="middle")
