"""Draw the ports that a scan touched as a strip over all 65,536, and mark those it found open."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from scanwarden.charts.ports import port_label
from scanwarden.charts.svg import Drawing
from scanwarden.language import Catalogue
from scanwarden.model.detection import Target
from scanwarden.model.ports import MAX_NUMBER, Ports

_BAND, _SPACE, _TOP, _LEFT = 22, 30, 18, 44.0
MAX_MARKED = 64
_KNOWN_SHARE = 0.5  # the well-known ports below 1024 get half of the strip
_WELL_KNOWN = 1024
_MARKS = (0, 256, 512, 768, 1024, 16_384, 32_768, 49_152, 65_535)
_NARROW = 600
_CHAR = 6.6


def strip(targets: Sequence[Target], learnt: Sequence[Target], say: Catalogue, *, width: float = 960) -> Drawing:
    """Draw one band a protocol with ports: what was probed, and above it the open ports that were seen."""
    probed = {kind: _united(targets, kind) for kind in ("tcp", "udp", "sctp")}
    shown = {kind: ports for kind, ports in probed.items() if len(ports)}
    height = _TOP + max(len(shown), 1) * (_BAND + _SPACE)
    drawing = Drawing(width, height, title=say("chart.strip"), description=_description(targets, shown, learnt, say))
    for index, (kind, ports) in enumerate(shown.items()):
        band = _Band(_LEFT, _TOP + index * (_BAND + _SPACE), width - _LEFT - 6)
        drawing.text(_LEFT - 8, band.y + 15, kind, "name", anchor="end")
        _band(drawing, band, ports)
        _open(drawing, band, kind, _united(learnt, kind), say)
        _scale(drawing, band)
    return drawing


def place_of(port: int) -> float:
    """Give where a port lies on the strip, from 0 to 1."""
    if port < _WELL_KNOWN:
        return port / _WELL_KNOWN * _KNOWN_SHARE
    return _KNOWN_SHARE + (port - _WELL_KNOWN) / (MAX_NUMBER - _WELL_KNOWN) * (1 - _KNOWN_SHARE)


def _band(drawing: Drawing, band: "_Band", ports: Ports) -> None:
    """Draw the ranges, those that fall on the same pixel once."""
    drawing.rect(band.left, band.y, band.width, _BAND, "h0", radius=2)
    drawn_to = -1.0
    for first, last in ports.ranges:
        begin, end = max(band.x(first), drawn_to), band.x(min(last + 1, MAX_NUMBER))
        if end > drawn_to + 0.5 or drawn_to < 0:
            end = max(end, begin + 1.2)
            drawing.rect(begin, band.y, end - begin, _BAND, "probe")
            drawn_to = end


def _open(drawing: Drawing, band: "_Band", kind: str, ports: Ports, say: Catalogue) -> None:
    """Mark open ports, and name them where there is room."""
    free_from = band.left - 20
    for port in islice(ports, MAX_MARKED):
        x = band.x(port)
        drawing.rect(x - 1.2, band.y - 3, 2.4, _BAND + 3, "open", tip=say("chart.open_port", port=f"{kind}/{port}"))
        label = port_label(f"{kind}/{port}", short=True)
        if x - 2 > free_from and x + len(label) * _CHAR < band.left + band.width + 6:
            drawing.text(x - 2, band.y - 6, label, "open-name")
            free_from = x + len(label) * _CHAR + 4


def _scale(drawing: Drawing, band: "_Band") -> None:
    y = band.y + _BAND
    for port in _MARKS[::2] if band.width < _NARROW else _MARKS:
        x = band.x(port)
        drawing.line(x, y, x, y + 3, "axis")
        anchor = "end" if port == MAX_NUMBER else "start" if port == 0 else "middle"
        drawing.text(x, y + 14, str(port), "label", anchor=anchor)


class _Band(NamedTuple):
    """Where the ports of one protocol are drawn."""

    left: float
    y: float
    width: float

    def x(self, port: int) -> float:
        """Give the coordinate of a port."""
        return self.left + place_of(port) * self.width


def _united(targets: Sequence[Target], kind: str) -> Ports:
    return Ports.united(ports for target in targets if (ports := getattr(target, kind)))


def _description(targets: Sequence[Target], shown: dict[str, Ports], learnt: Sequence[Target], say: Catalogue) -> str:
    most = "≤ " if any(target.rounded for target in targets) else ""
    probed = ", ".join(f"{kind}: {most}{say('count.port', n=len(ports))}" for kind, ports in shown.items())
    opened = sum(len(_united(learnt, kind)) for kind in shown)
    return say("chart.strip_told", probed=probed or "0", open=opened)
