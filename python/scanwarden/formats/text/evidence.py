"""Explain the evidence of a scan: which contacts, which weights, which threshold, and what is normal."""

import math

from scanwarden.formats.text import layout, rules, words
from scanwarden.formats.text.layout import Paint
from scanwarden.model.detection import Detection, Evidence, GroupKind
from scanwarden.model.printable import printable
from scanwarden.model.time import Timestamp

HALF_LIFE_S = 86_400  # evidence halves in a day, as the detector's CUSUM does (Page 1954)
MAX_PARTS_LISTED = 20
CONTACT_CHARS = 34
SHOWN_IN_MS_BELOW_S = 60
MEMBER_CHARS = 20
MEMBER_CONTACT_CHARS = 26
# The numbers are those of the detector's groups.
GROUP_RULES: dict[GroupKind, str] = {
    "decoys": (
        "At least 3 sources touched the same ports, 3 or more, from one and the same source port within a minute. "
        "Harmless clients draw their source ports, so one scanner sent it all under several addresses; most of "
        "them are forged, and nobody is convicted by the group alone."
    ),
    "distributed": (
        "At least 8 sources made at least 2 refused or silent contacts each within ten minutes, and at most a tenth "
        "of their ports are shared: they divided the work. Harmless clients that err all err on the same port."
    ),
    "rotation": (
        "At least 8 addresses of one network made 24 refused or silent contacts, each address done before the next "
        "began and hardly a port touched twice: one scanner that changes its address."
    ),
}


def explanation(detection: Detection, *, paint: Paint) -> list[str]:
    """Write the evidence as a running sum towards the threshold, then what each rule means."""
    evidence = detection.evidence
    lines = layout.headline(f"Why {detection.id} is a scan", "headline", paint)
    if detection.group is not None:
        lines += layout.paragraph(_group_principle(detection.group, detection), paint)
        lines += _member_lines(evidence, detection.first_seen, paint)
    else:
        lines += layout.paragraph(_principle(evidence), paint)
        lines += _sum_lines(evidence, detection.first_seen, paint)
    if detection.tricks:
        tricks = words.listed([words.TRICKS[trick] for trick in detection.tricks])
        lines += layout.paragraph(f"Made to slip past filters: {tricks}. That adds no evidence.", paint)
    for rule in dict.fromkeys(part.rule for part in evidence.parts):
        lines += layout.paragraph(rules.sentence(rule), paint)
    return lines


def _principle(evidence: Evidence) -> str:
    chance = math.exp(evidence.threshold)
    return (
        f"Every first contact adds its weight to the source's evidence, never below zero, and evidence halves in a "
        f"day. At {evidence.threshold:.1f} nats, odds of {_rounded(chance)} to 1 against a harmless client, "
        f"it is called a scan. This one stands at {evidence.nats:,.1f}."
    )


def _group_principle(kind: GroupKind, detection: Detection) -> str:
    members = words.counted(len(detection.source.members), "member")
    return f"{GROUP_RULES[kind]} Here it is {members} with {detection.evidence.nats:,.1f} nats together."


def _member_lines(evidence: Evidence, first_seen: Timestamp, paint: Paint) -> list[str]:
    """List contacts with the member that made each; a group is found by how they fit together, not by their sum."""
    if not evidence.parts:
        return layout.paragraph("The single contacts were not kept.", paint)
    head = f"  {'after':>9}  {'member':<{MEMBER_CHARS}} {'contact':<{MEMBER_CONTACT_CHARS}} {'outcome':<9} {'adds':>5}"
    lines = [paint(head, "label")]
    for part in evidence.parts[:MAX_PARTS_LISTED]:
        member = printable(str(part.source or "?"), max_chars=MEMBER_CHARS - 1)
        contact = printable(part.contact, max_chars=MEMBER_CONTACT_CHARS - 1)
        after = _after(part.time.seconds_since(first_seen))
        columns = f"{member:<{MEMBER_CHARS}} {contact:<{MEMBER_CONTACT_CHARS}} {part.outcome:<9} {part.nats:>+5.1f}"
        lines.append(f"  {after:>9}  {columns}")
    return lines + _left_out_lines(evidence, paint)


def _rounded(odds: float) -> str:
    """Say odds with two digits, since the weights are no more exact than that."""
    digits = max(len(str(round(odds))) - 2, 0)
    return f"{round(odds, -digits):,.0f}"


def _sum_lines(evidence: Evidence, first_seen: Timestamp, paint: Paint) -> list[str]:
    if not evidence.parts:
        return layout.paragraph("The single contacts were not kept.", paint)
    lines = [paint(f"  {'after':>9}  {'contact':<{CONTACT_CHARS}} {'outcome':<9} {'adds':>5} {'sum':>6}", "label")]
    total, before, crossed = 0.0, evidence.parts[0].time, False
    for index, part in enumerate(evidence.parts):
        total = max(0.0, total * 2 ** (-max(part.time.seconds_since(before), 0) / HALF_LIFE_S) + part.nats)
        before = part.time
        crosses = not crossed and total >= evidence.threshold
        crossed = crossed or crosses
        if index < MAX_PARTS_LISTED or crosses:
            after = _after(part.time.seconds_since(first_seen))
            contact = printable(part.contact, max_chars=CONTACT_CHARS - 1)
            line = f"  {after:>9}  {contact:<{CONTACT_CHARS}} {part.outcome:<9} {part.nats:>+5.1f} {total:>6.1f}"
            lines.append(paint(line + (" scan" if crosses else ""), "alarm" if crosses else "plain"))
    return lines + _left_out_lines(evidence, paint)


def _left_out_lines(evidence: Evidence, paint: Paint) -> list[str]:
    left_out = evidence.parts_left_out + max(len(evidence.parts) - MAX_PARTS_LISTED, 0)
    return layout.paragraph(f"{words.counted(left_out, 'more contact')} not listed.", paint) if left_out else []


def _after(seconds: float) -> str:
    """Write a delay so that short ones line up: `0.012 s`."""
    return f"{seconds:.3f} s" if seconds < SHOWN_IN_MS_BELOW_S else words.duration(seconds)
