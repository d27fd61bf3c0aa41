"""Rankings."""

from scanwarden.charts.bars import Bar, bars
from scanwarden.language import catalogue
from tests.unit.charts.looking import is_inside, shapes, words

SAY = catalogue("en")


def test_bars_are_as_long_as_their_numbers() -> None:
    drawing = bars([Bar("TCP SYN", 20), Bar("UDP", 5)], SAY, title="Techniques")
    first, second = (float(one.attrib["width"]) for one in shapes(drawing, "rect", "bar"))
    assert abs(first / second - 4) < 0.05
    assert words(drawing) == ["TCP SYN", "20", "UDP", "5"]
    assert is_inside(drawing)
    assert "Techniques. TCP SYN: 20, UDP: 5" in drawing.svg()


def test_long_names_leave_room_for_bars() -> None:
    assert is_inside(bars([Bar("2001:db8:1234:5678:9abc:def0:1234:5678", 1)], SAY, title="x", width=320))


def test_no_ranking_says_so() -> None:
    assert words(bars([], SAY, title="x")) == ["nothing in this period"]
