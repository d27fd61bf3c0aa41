"""Draw how many probes a scan had made by when, and what each kept contact found."""

from collections.abc import Sequence

from scanwarden.charts.axes import Plot, Sheet, time_axis, value_axis
from scanwarden.charts.scale import number_ticks, time_ticks, top_of
from scanwarden.charts.svg import Drawing
from scanwarden.language import Catalogue
from scanwarden.model.detection import Detection, Outcome
from scanwarden.model.time import NS_PER_S
from scanwarden.store.views import ScanStep

HEIGHT = 190
_RUGS: tuple[Outcome, ...] = ("open", "closed", "filtered", "unknown")
_NARROW = 600


def probes(detection: Detection, history: Sequence[ScanStep], say: Catalogue, *, width: float = 960) -> Drawing:
    """Draw the running count from the first probe to the last, a dot for each statement, and contacts below."""
    narrow = width < _NARROW
    first, last = _period(detection)
    known = _known(detection, history)
    title = say("chart.probes")
    told = say("chart.probes_told", n=detection.probes, lasting=say.duration(detection.duration_s))
    drawing = Drawing(width, HEIGHT, title=title, description=told)
    plot = Plot(42, 10, width - 54, HEIGHT - 58)
    value_axis(drawing, plot, number_ticks(detection.probes))
    top = top_of(detection.probes)
    points = [(plot.x((at - first) / (last - first)), plot.y(count / top)) for at, count in known]
    drawing.path(points, "curve")
    for step in history:
        if first <= step.time <= last:
            x, y = plot.x((step.time - first) / (last - first)), plot.y(min(step.probes / top, 1))
            tip = f"{say(f'event.{step.event}')}: {say('count.probe', n=step.probes)}"
            drawing.dot(x, y, 3.5, f"event {step.event}", tip=tip)
    _rug(Sheet(drawing, plot, say), detection, first, last)
    time_axis(
        drawing,
        Plot(plot.left, plot.top, plot.width, plot.height + 16),
        time_ticks(first, last, most=3 if narrow else 8),
    )
    return drawing


def _rug(sheet: Sheet, detection: Detection, first: int, last: int) -> None:
    """Draw a short line for each kept contact, by what it found."""
    drawing, plot, say = sheet
    for part in detection.evidence.parts:
        if first <= part.time <= last:
            x = plot.x((part.time - first) / (last - first))
            tip = f"{part.contact}: {say(f'outcome.{part.outcome}')}"
            drawing.rect(x - 0.75, plot.bottom + 5, 1.5, 10, f"o-{part.outcome}", tip=tip)


def _period(detection: Detection) -> tuple[int, int]:
    """Give the time from the first probe to the last, at least a tenth of a second."""
    first = int(detection.first_seen)
    return first, max(int(detection.last_seen), first + NS_PER_S // 10)


def _known(detection: Detection, history: Sequence[ScanStep]) -> list[tuple[int, int]]:
    """List times and running counts; a closing statement comes long after the last probe."""
    first, last = _period(detection)
    counts = [(int(step.time), step.probes) for step in history if first <= step.time <= last]
    return sorted({(first, 0), *counts, (last, detection.probes)})
