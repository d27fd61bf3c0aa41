"""The frame of charts."""

from scanwarden.charts import Drawing
from scanwarden.charts.axes import Plot, time_axis, value_axis
from scanwarden.charts.scale import Tick
from tests.unit.charts.looking import shapes, words


def test_a_plot_counts_from_its_lower_left_corner() -> None:
    plot = Plot(10, 20, 100, 50)
    assert (plot.x(0), plot.y(0), plot.x(1), plot.y(1)) == (10, 70, 110, 20)
    assert (plot.right, plot.bottom) == (110, 70)


def test_words_on_the_axes_stay_inside_the_drawing() -> None:
    drawing = Drawing(120, 100, title="", description="")
    time_axis(drawing, Plot(10, 10, 110, 50), [Tick(0, "00:00:00"), Tick(1, "00:00:00")])
    value_axis(drawing, Plot(10, 10, 110, 50), [Tick(0, "0"), Tick(1, "5")])
    places = [float(one.attrib["x"]) for one in shapes(drawing, "text")][:2]
    assert places[0] >= 27
    assert places[1] <= 93
    assert words(drawing)[2:] == ["0", "5"]
