"""Draw the scans and bans of one source as lanes over time."""

from collections.abc import Sequence

from scanwarden.charts.axes import Plot, time_axis
from scanwarden.charts.scale import time_ticks
from scanwarden.charts.svg import Drawing
from scanwarden.charts.timeline import moment
from scanwarden.language import Catalogue
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store.views import BanRow, ScanRow

HEIGHT = 96
_LANE, _HIGH = 30, 18
_NARROW = 600


def lanes(scans: Sequence[ScanRow], bans: Sequence[BanRow], now: int, say: Catalogue, *, width: float = 960) -> Drawing:
    """Draw a lane of scans, by severity, above a lane of bans; a ban in force reaches beyond `now`."""
    ends = [int(ban.ended_at or ban.expires_at) for ban in bans]
    begins = [*(int(scan.first_seen) for scan in scans), *(int(ban.starts_at) for ban in bans)]
    since = min(begins, default=now - 3600 * NS_PER_S)
    until = max([*(int(scan.last_seen) for scan in scans), *ends, since + 60 * NS_PER_S])
    told = f"{say('count.scan', n=len(scans))}, {say('count.ban', n=len(bans))}"
    drawing = Drawing(width, HEIGHT, title=say("chart.lanes"), description=told)
    plot = Plot(70, 6, width - 80, 2 * _LANE)
    for index, name in enumerate((say("nav.scans"), say("nav.bans"))):
        y = plot.top + index * _LANE
        drawing.text(plot.left - 8, y + 18, name, "name", anchor="end")
        drawing.rect(plot.left, y + 4, plot.width, _HIGH, "h0", radius=2)
    length = max(until - since, 1)
    for scan in scans:
        x, wide = _stretch(plot, int(scan.first_seen) - since, int(scan.last_seen) - since, length)
        drawing.rect(
            x, plot.top + 4, wide, _HIGH, f"s{scan.severity}", tip=f"{scan.id}, {moment(scan.first_seen)}", radius=1
        )
    for ban, end in zip(bans, ends, strict=True):
        x, wide = _stretch(plot, int(ban.starts_at) - since, end - since, length)
        tip = f"{moment(ban.starts_at)} … {moment(Timestamp(end))}"
        drawing.rect(x, plot.top + _LANE + 4, wide, _HIGH, "banned" if end > now else "banned-past", tip=tip, radius=1)
    if since < now < until:
        x = plot.x((now - since) / length)
        drawing.line(x, plot.top, x, plot.bottom, "now")
    time_axis(drawing, plot, time_ticks(since, until, most=4 if width < _NARROW else 8))
    return drawing


def _stretch(plot: Plot, begins: int, ends: int, length: int) -> tuple[float, float]:
    x = plot.x(begins / length)
    return x, max(plot.x(ends / length) - x, 2.5)
