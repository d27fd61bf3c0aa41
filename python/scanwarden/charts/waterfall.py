"""Draw how the evidence of a scan rose, contact by contact, towards the threshold."""

from collections.abc import Sequence
from typing import NamedTuple

from scanwarden.charts.axes import Plot, Sheet, value_axis
from scanwarden.charts.scale import number_ticks, top_of
from scanwarden.charts.svg import Drawing
from scanwarden.language import Catalogue
from scanwarden.model.detection import Evidence, EvidencePart, Outcome

HALF_LIFE_S = 86_400  # evidence halves in a day, as the detector's CUSUM does (Page 1954)
HEIGHT = 220
WIDEST = 160.0
_STYLES: dict[Outcome, str] = {"open": "o-open", "closed": "o-closed", "filtered": "o-filtered", "unknown": "o-unknown"}
_NARROW = 600


class Step(NamedTuple):
    """One contact: what was left of the sum before it, and the sum after it, in nats."""

    part: EvidencePart
    before: float
    after: float
    crosses: bool


def steps(evidence: Evidence) -> list[Step]:
    """Add the contacts up as the detector did: the sum halves in a day and never falls below zero."""
    found: list[Step] = []
    total, crossed = 0.0, False
    for index, part in enumerate(evidence.parts):
        pause_s = max(part.time.seconds_since(evidence.parts[index - 1].time), 0) if index else 0.0
        before = total * 2 ** (-pause_s / HALF_LIFE_S)
        total = max(0.0, before + part.nats)
        crosses = not crossed and total >= evidence.threshold
        crossed = crossed or crosses
        found.append(Step(part, before, total, crosses))
    return found


def waterfall(evidence: Evidence, say: Catalogue, *, width: float = 960) -> Drawing:
    """Draw one floating column a contact, and the threshold as a line across."""
    narrow = width < _NARROW
    shown = _around_the_crossing(steps(evidence), 10 if narrow else 24)
    highest = max([evidence.threshold * 1.15, *(step.after for step in shown)])
    drawing = Drawing(width, HEIGHT, title=say("chart.waterfall"), description=_description(evidence, shown, say))
    plot = Plot(36, 14, width - 46, HEIGHT - 42)
    value_axis(drawing, plot, number_ticks(highest))
    top = top_of(highest)
    column = min(plot.width / max(len(shown), 1), WIDEST)
    for index, step in enumerate(shown):
        _column(Sheet(drawing, plot, say), step, index, column, top)
    threshold = plot.y(evidence.threshold / top)
    drawing.line(plot.left, threshold, plot.right, threshold, "threshold")
    told = say("chart.threshold", nats=f"{evidence.threshold:.1f}")
    drawing.text(plot.left + 6, threshold - 5, told, "threshold-name")
    return drawing


def _column(sheet: Sheet, step: Step, index: int, width: float, top: float) -> None:
    drawing, plot, say = sheet
    part = step.part
    gap = max(min(6.0, width / 4), width * 0.35)
    x, wide = plot.left + index * width + gap / 2, width - gap
    high, low = max(step.before, step.after), min(step.before, step.after)
    height = max((high - low) / top * plot.height, 1)
    outcome = say(f"outcome.{part.outcome}")
    tip = f"{part.contact}, {outcome}: {part.nats:+.1f} → {step.after:.1f}"
    drawing.rect(x, plot.y(high / top), wide, height, _STYLES[part.outcome], tip=tip, radius=1)
    if width >= 34:
        drawing.text(x + wide / 2, plot.y(high / top) - 4, f"{part.nats:+.1f}", "label", anchor="middle")
        name = part.contact.partition(" ")[0]
        drawing.text(x + wide / 2, plot.bottom + 16, name[: int(width / 6.4)], "label", anchor="middle")
    if index:
        y = plot.y(step.before / top)
        drawing.line(x - gap - 2, y, x + 2, y, "link")


def _around_the_crossing(found: Sequence[Step], most: int) -> list[Step]:
    """Choose the contacts that led over the threshold and some after them."""
    crossing = next((index for index, step in enumerate(found) if step.crosses), 0)
    start = max(0, min(crossing - most * 3 // 4, len(found) - most))
    return list(found[start : start + most])


def _description(evidence: Evidence, shown: Sequence[Step], say: Catalogue) -> str:
    if not shown:
        return say("chart.no_contacts")
    crossing = next((index for index, step in enumerate(shown, start=1) if step.crosses), None)
    total, threshold = f"{evidence.nats:.1f}", f"{evidence.threshold:.1f}"
    if crossing is None:
        return say("chart.waterfall_told", nats=total, threshold=threshold)
    return say("chart.waterfall_crossed", contact=crossing, nats=total, threshold=threshold)
