"""The ports of a scan on one strip."""

import pytest

from scanwarden.charts.strip import place_of, strip
from scanwarden.language import catalogue
from scanwarden.model.address import Address
from scanwarden.model.detection import Target
from scanwarden.model.ports import Ports
from tests.unit.charts.looking import is_inside, shapes, words

SAY = catalogue("en")
HOST = Address.parse("192.0.2.10")


def target(tcp: str, udp: str = "") -> Target:
    return Target(address=HOST, tcp=Ports.parse(tcp), udp=Ports.parse(udp) if udp else None)


@pytest.mark.parametrize("width", [320, 1320])
def test_each_protocol_has_a_band_and_open_ports_a_mark(width: float) -> None:
    drawing = strip([target("1-100,8080", "53")], [target("22,80")], SAY, width=width)
    assert [word for word in words(drawing) if word in ("tcp", "udp")] == ["tcp", "udp"]
    assert len(shapes(drawing, "rect", "open")) == 2
    assert len(shapes(drawing, "rect", "h0")) == 2
    assert is_inside(drawing)
    assert "tcp: 101 ports, udp: 1 port. Open: 2." in drawing.svg()


def test_a_list_in_short_counts_no_more_than_that_many() -> None:
    rounded = Target(address=HOST, tcp=Ports.parse("1-100"), rounded=True)
    assert "tcp: ≤ 100 ports. Open: 0." in strip([rounded], [], SAY).svg()


def test_a_scan_of_every_second_port_does_not_draw_each() -> None:
    drawing = strip([target(",".join(map(str, range(1, 65_535, 2))))], [], SAY)
    assert len(shapes(drawing, "rect", "probe")) < 1000
    assert is_inside(drawing)


def test_all_ports_reach_from_end_to_end() -> None:
    (probed,) = shapes(strip([target("0-65535")], [], SAY), "rect", "probe")
    (band,) = shapes(strip([target("0-65535")], [], SAY), "rect", "h0")
    assert float(probed.attrib["width"]) == pytest.approx(float(band.attrib["width"]), abs=1)


def test_well_known_ports_get_half_of_the_strip() -> None:
    assert place_of(0) == 0
    assert place_of(1024) == 0.5
    assert place_of(65_535) == 1
