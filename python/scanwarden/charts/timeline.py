"""Draw how many scans opened when, by severity."""

from collections.abc import Sequence

from scanwarden.charts.axes import Plot, Sheet, time_axis, value_axis
from scanwarden.charts.scale import number_ticks, time_ticks, top_of
from scanwarden.charts.svg import Drawing
from scanwarden.language import Catalogue
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store.views import Bucket

HEIGHT = 190
_NARROW = 600


def timeline(buckets: Sequence[Bucket], until: int, say: Catalogue, *, width: float = 960) -> Drawing:
    """Draw stacked columns, the gravest on top; narrow drawings join columns so that each can be seen."""
    shown = _joined(buckets, 3 if width < _NARROW else 1)
    highest = max((one.scans for one in shown), default=0)
    drawing = Drawing(width, HEIGHT, title=say("chart.timeline"), description=_description(shown, say))
    plot = Plot(36, 10, width - 46, HEIGHT - 36)
    value_axis(drawing, plot, number_ticks(highest))
    since = int(shown[0].starts_at) if shown else until - NS_PER_S
    time_axis(drawing, plot, time_ticks(since, until, most=4 if width < _NARROW else 9))
    column = plot.width / max(len(shown), 1)
    for index, bucket in enumerate(shown):
        if bucket.scans:
            _column(Sheet(drawing, plot, say), bucket, plot.left + index * column, column, top_of(highest))
    return drawing


def _column(sheet: Sheet, bucket: Bucket, x: float, width: float, top: float) -> None:
    drawing, plot, say = sheet
    gap = min(2.0, width / 5)
    tip = f"{moment(bucket.starts_at)}: {say('count.scan', n=bucket.scans)}"
    base = 0
    for severity, counted in enumerate(bucket.by_severity, start=1):
        if counted:
            height = max(counted / top * plot.height, 1.5)
            y = plot.y((base + counted) / top)
            drawing.rect(x + gap / 2, y, width - gap, height, f"s{severity}", tip=tip, radius=1)
            base += counted


def _joined(buckets: Sequence[Bucket], group: int) -> list[Bucket]:
    """Add up groups of spans; the last group may be shorter."""
    joined = []
    for start in range(0, len(buckets), group):
        many = buckets[start : start + group]
        sums = [sum(one.by_severity[severity] for one in many) for severity in range(5)]
        joined.append(Bucket(starts_at=many[0].starts_at, by_severity=(sums[0], sums[1], sums[2], sums[3], sums[4])))
    return joined


def _description(buckets: Sequence[Bucket], say: Catalogue) -> str:
    total = sum(one.scans for one in buckets)
    if not total:
        return say("chart.nothing")
    peak = max(buckets, key=lambda one: one.scans)
    return say("chart.timeline_told", total=total, most=peak.scans, when=moment(peak.starts_at))


def moment(time: Timestamp) -> str:
    """Write a time to the minute, without the zone, which the page states once."""
    return str(time)[:16].replace("T", " ")
