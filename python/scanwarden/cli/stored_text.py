"""Write what the store answers as text for people: lists of scans, the life of one, the record of a source."""

from collections.abc import Sequence

from scanwarden.formats.text import layout, words
from scanwarden.formats.text.events import ban_words, decision_words
from scanwarden.formats.text.layout import Paint
from scanwarden.formats.text.scan import story
from scanwarden.store.reader import StoredScan
from scanwarden.store.views import BanRow, DecisionRow, ScanRow, ScanStep, SourceSummary

GRAVE = 4  # severities from here on are painted
MAX_STEPS_SHOWN = 20
MAX_FOLDED_NAMED = 8
ANSWERS = {"ban": "ban", "notify": "tell, no ban", "spare": "spare"}


def scan_entry(row: ScanRow, paint: Paint) -> list[str]:
    """Write one scan of a list: when, which and how grave; below it who did what."""
    state = "  going on" if row.is_open else ""
    head = f"{words.moment(row.opened_at)}  {row.id}  severity {row.severity}{state}"
    role: layout.Role = "alarm" if row.severity >= GRAVE else "headline"
    return [*layout.headline(head, role, paint), *layout.paragraph(_summary(row), paint)]


def scan_story(scan: StoredScan, paint: Paint) -> list[str]:
    """Write everything about one scan: its story, how it went on, what was decided and done."""
    lines = story(scan.statement, done="; ".join(answer_words(one) for one in scan.decisions) or None, paint=paint)
    if scan.row.is_open:
        lines += layout.row("state", "going on, or its end was not reported", paint)
    if scan.folded:
        more = len(scan.folded) - MAX_FOLDED_NAMED
        named = [*scan.folded[:MAX_FOLDED_NAMED], *([f"{more:,} more"] if more > 0 else [])]
        lines += layout.row("members", f"scans that belong to it: {words.listed(named)}", paint)
    lines += _history(scan.steps, paint)
    for ban in scan.bans:
        lines += layout.row("ban", ban_sentence(ban), paint)
    return lines


def answer_words(decision: DecisionRow) -> str:
    """Say what the policy answered."""
    return decision_words(decision.record())


def ban_sentence(ban: BanRow) -> str:
    """Say whom a ban was about, how long it lasts, and how it ended."""
    begun = f"{words.moment(ban.starts_at)}: {ban_words(ban.record())}"
    if ban.ended_at is None:
        return begun
    return f"{begun}; ended {words.moment(ban.ended_at)}: {ban.end_reason or 'no reason given'}"


def source_story(summary: SourceSummary, paint: Paint) -> list[str]:
    """Write all that is known of a source: totals, bans, and its latest scans."""
    name = words.network(summary.source)
    if summary.first_seen is None or summary.last_seen is None:
        lines = layout.headline(f"{name} has no scan here", "headline", paint)
    else:
        scans, probes = words.counted(summary.scans, "scan"), words.counted(summary.probes, "probe")
        lines = layout.headline(f"{name}: {scans}, {probes}", "headline", paint)
        lines += layout.row("seen", words.span(summary.first_seen, summary.last_seen), paint)
        lines += layout.row("how", words.techniques_of(summary.techniques), paint)
        proof = "proved by a completed handshake" if summary.verified else "never proved, so it may be forged"
        lines += layout.row("address", proof, paint)
        lines += layout.row("severity", f"{summary.highest_severity} of 5 at most", paint)
    for ban in summary.bans:
        lines += layout.row("ban", ban_sentence(ban), paint)
    for row in summary.latest:
        lines += ["", *scan_entry(row, paint)]
    return lines


def _summary(row: ScanRow) -> str:
    who = row.source or f"{words.counted(row.members, 'address', 'addresses')}{_group(row)}"
    where = f" of {words.counted(row.targets, 'host')}" if row.targets > 1 else ""
    what = f"{row.ports.replace(',', ', ')}{where}" if row.ports else words.counted(row.targets, "host")
    learnt = f"learnt {words.counted(row.learnt, 'open port')}" if row.learnt else "learnt no open port"
    tool = f"; looks like {row.tool}" if row.tool else ""
    part = f"; part of {row.part_of}" if row.part_of else ""
    answer = f"; policy: {ANSWERS.get(row.action, row.action)}" if row.action else ""
    probes = words.counted(row.probes, "probe")
    return f"{who}, {words.techniques_of(row.techniques)}: {what}; {probes}; {learnt}{tool}{part}{answer}"


def _group(row: ScanRow) -> str:
    return f" ({words.GROUPS[row.group]})" if row.group else ""


def _history(steps: Sequence[ScanStep], paint: Paint) -> list[str]:
    lines: list[str] = []
    for step in steps[:MAX_STEPS_SHOWN]:
        reason = f" ({step.reason})" if step.reason else ""
        text = f"{words.moment(step.time)}: {words.counted(step.probes, 'probe')}, {step.nats:,.1f} nats{reason}"
        lines += layout.row(step.event, text, paint)
    left_out = len(steps) - MAX_STEPS_SHOWN
    return lines + (layout.row("", f"and {left_out:,} more changes", paint) if left_out > 0 else [])
