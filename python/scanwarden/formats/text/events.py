"""Write the short lines of a live view, and what the policy did, in words."""

from scanwarden.formats.text import layout, words
from scanwarden.formats.text.layout import Paint
from scanwarden.formats.text.scan import what, who
from scanwarden.model.detection import PROGRESS, Opened, Updated
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned, Decided, Ready, Unbanned

MODE_SENTENCES = {
    "replay": "",
    "observe": ", only observing: it says what it would ban, --enforce bans",
    "enforce": ", enforcing: it bans scanners",
}
MAX_HOME_NAMED = 6


def ready_lines(ready: Ready, paint: Paint) -> list[str]:
    """Say that packets are being read, from where, and what is taken for home."""
    if ready.interfaces:
        doing = f"Watching {words.listed(list(ready.interfaces))}"
    elif ready.mode == "replay":
        doing = f"Reading {ready.sensor.removeprefix('replay:')}"
    else:
        doing = f"Watching {ready.sensor}"
    lines = layout.headline(f"{doing}{MODE_SENTENCES[ready.mode]}", "good", paint)
    return lines + layout.row("home", home_sentence(ready), paint)


def home_sentence(ready: Ready) -> str:
    """Say which addresses are watched over and where that comes from."""
    if not ready.home:
        return "unknown, so every destination counts as a target; give --home to narrow it"
    named = [words.network(home) for home in ready.home[:MAX_HOME_NAMED]]
    more = len(ready.home) - MAX_HOME_NAMED
    text = words.listed([*named, *([f"{more:,} more"] if more > 0 else [])])
    if not ready.home_inferred:
        return text
    answers = "it answers" if len(ready.home) == 1 else "they answer"
    return f"{text} (inferred: {answers} others; --home overrides)"


def decision_words(decided: Decided) -> str:
    """Say what the policy did, or in observe mode would do, and why."""
    if decided.action == "ban":
        verb = "would ban" if decided.would else "bans"
        lasting = f" for {words.duration(decided.duration_s)}" if decided.duration_s else ""
        whom = words.network(decided.source) if decided.source else "the source"
        return f"{verb} {whom}{lasting}: {decided.reason}"
    verb = {"notify": "told you, no ban", "spare": "spared"}[decided.action]
    return f"{verb}: {decided.reason}"


def ban_words(banned: Banned) -> str:
    """Say that a ban is in force."""
    lasting = f"{words.duration(banned.duration_s)}, until {words.moment(banned.expires_at)}"
    return f"banned {words.network(banned.source)} for {lasting} ({banned.responder})"


def unban_words(unbanned: Unbanned) -> str:
    """Say that a ban has ended."""
    return f"unbanned {words.network(unbanned.source)}: {unbanned.reason} ({unbanned.responder})"


def opened_lines(opened: Opened, paint: Paint) -> list[str]:
    """Say at once that a scan was found; the whole story comes when it closes."""
    technique = words.techniques_of(opened.techniques)
    text = f"{words.clock(opened.time)} SCAN   {who(opened)} scans {what(opened)} ({technique}) {opened.id}"
    return layout.entry(text, "alarm", paint)


def updated_lines(updated: Updated, paint: Paint) -> list[str]:
    """Say what changed about a scan."""
    reason = updated.reason
    if reason is None or reason == PROGRESS:
        reason = f"goes on, {words.counted(updated.probes, 'probe')} so far"
    text = f"{words.clock(updated.time)} update {who(updated)}: {reason} {updated.id}"
    return layout.entry(text, "plain", paint)


def notice_lines(notice: Notice, paint: Paint) -> list[str]:
    """Give the sentence of a notice with its time and kind."""
    return layout.entry(f"{words.clock(notice.time)} notice {notice.kind}: {notice.text}", "plain", paint)


def decided_lines(decided: Decided, paint: Paint) -> list[str]:
    """Give the policy's answer as a line."""
    return layout.entry(f"{words.clock(decided.time)} policy {decision_words(decided)}", "plain", paint)


def ban_lines(record: Banned | Unbanned, paint: Paint) -> list[str]:
    """Give the beginning or the end of a ban as a line."""
    text = ban_words(record) if isinstance(record, Banned) else unban_words(record)
    name = "BAN   " if isinstance(record, Banned) else "unban "
    return layout.entry(f"{words.clock(record.time)} {name} {text}", "good", paint)
