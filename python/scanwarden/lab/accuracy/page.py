"""Write the page about one run: promises first, then a row for each case."""

import textwrap
from collections.abc import Iterable, Sequence
from statistics import median

from scanwarden.lab.accuracy.promises import coverage, promises
from scanwarden.lab.accuracy.results import Results
from scanwarden.lab.accuracy.verdict import Verdict

_INTRODUCTION = (
    """
`{command}` wrote this page on {day}: every scan and all the harmless traffic that the laboratory knows, held against
the truth. Every number below was measured by that run; the command fails when a promise is broken.""",
    """
Real programs ran in network namespaces on one machine ({programs}). `scanwarden watch` looked on, and what it recorded
was replayed with the same home addresses. A replay says the same if every statement about a scan is equal. Crafted
scans and harmless workloads are synthesised captures, drawn anew from each of {seeds} seeds, and replayed.""",
)

_SCANS_ABOUT = """\
*Contacts* are the distinct ports, protocols or ICMP types of a host, open ones included, that had been touched when the
scan opened; those of a group count once, however many members touched them. *ms* runs from the first probe until then,
by the packets' clock, so it includes the pauses of the scanner. A dash under *tool* means that none was named, which is
never wrong."""

_WORKLOADS_ABOUT = """\
Replayed with our addresses given, as on a guarded host, and without: then whose side the capture was taken on is
inferred from who answers whom. A capture of nothing but one host's failed attempts cannot show whose host that is, so
nothing is promised there.
"""


def page(results: Results, *, command: str, day: str, programs: Sequence[str], seeds: int) -> str:
    """Return the page in Markdown; `day` is when it was measured, `programs` are names with versions."""
    sections = [
        "# How accurate is it?\n",
        *(
            _wrapped(part.format(command=command, day=day, programs=", ".join(programs), seeds=seeds))
            for part in _INTRODUCTION
        ),
        "## What it must show\n",
        _table(("promise", "measured", "kept"), _promise_rows(results)),
        "## Techniques\n",
        _table(("technique", "named for real commands", "named for crafted scans"), _technique_rows(results)),
        "## Scans by real programs, live and in replay\n",
        _SCANS_ABOUT + "\n",
        _table(
            ("case", "command", "techniques named", "source", "group", "tool", "contacts", "ms", "replay", "wrong"),
            _scan_rows(results),
        ),
        "## Decoy scans by nmap, the scanner at a random place among them\n",
        _table(("run", "group", "sources on their own", "tool", "contacts", "ms", "replay", "wrong"), _decoys(results)),
        "## Crafted scans\n",
        "Contacts and ms are medians over the seeds.\n",
        _table(("case", "seeds right", "techniques named", "group", "contacts", "ms", "wrong"), _crafted_rows(results)),
        "## Harmless programs, live and in replay\n",
        _table(("case", "command", "false alarms", "replay", "failure"), _traffic_rows(results)),
        "## Harmless workloads\n",
        _WORKLOADS_ABOUT,
        _table(
            ("case", "what it is", "runs", "false alarms", "false alarms, home inferred", "first"),
            _workload_rows(results),
        ),
    ]
    return "\n".join(sections)


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), 120, break_on_hyphens=False) + "\n"


def _promise_rows(results: Results) -> Iterable[tuple[str, ...]]:
    return [(one.text, one.measured, "yes" if one.holds else "**no**") for one in promises(results)]


def _technique_rows(results: Results) -> Iterable[tuple[str, ...]]:
    return [(one.technique, ", ".join(one.named), ", ".join(one.crafted)) for one in coverage(results)]


def _scan_rows(results: Results) -> Iterable[tuple[str, ...]]:
    for scan, verdict in results.scans:
        yield (
            scan.name,
            f"`{scan.command}`",
            ", ".join(verdict.techniques),
            "right" if verdict.source_is_right else "wrong",
            verdict.group or "",
            verdict.tool or "-",
            _number(verdict.contacts),
            _milliseconds(verdict.opened_ms),
            _alike(verdict),
            "; ".join(verdict.faults),
        )


def _decoys(results: Results) -> Iterable[tuple[str, ...]]:
    for runs in results.decoys.values():
        for verdict in runs:
            yield (
                verdict.name,
                verdict.group or "-",
                ", ".join(verdict.false_alarms) or "none",
                verdict.tool or "-",
                _number(verdict.contacts),
                _milliseconds(verdict.opened_ms),
                _alike(verdict),
                "; ".join(verdict.faults),
            )


def _crafted_rows(results: Results) -> Iterable[tuple[str, ...]]:
    for runs in results.crafted:
        contacts = [run.contacts for run in runs if run.contacts is not None]
        times = [run.opened_ms for run in runs if run.opened_ms is not None]
        yield (
            runs[0].name,
            f"{sum(not run.faults for run in runs)} of {len(runs)}",
            ", ".join(sorted({name for run in runs for name in run.techniques})),
            ", ".join(sorted({run.group for run in runs if run.group})),
            _number(median(contacts) if contacts else None),
            _milliseconds(median(times) if times else None),
            "; ".join(sorted({fault for run in runs for fault in run.faults})),
        )


def _traffic_rows(results: Results) -> Iterable[tuple[str, ...]]:
    for one in results.traffic:
        alike = "same" if one.replays_alike else "differs"
        yield (one.name, f"`{one.command}`", "; ".join(one.alarms) or "0", alike, one.failure or "")


def _workload_rows(results: Results) -> Iterable[tuple[str, ...]]:
    for one in results.workloads:
        notices = [f"wrong notices, seeds {', '.join(map(str, one.missing_notices))}"] if one.missing_notices else []
        first = [*one.with_home[:1], *one.with_inferred_home[:1], *notices]
        counts = str(one.runs), str(len(one.with_home)), str(len(one.with_inferred_home))
        yield (one.name, one.summary, *counts, "; ".join(first))


def _alike(verdict: Verdict) -> str:
    return {True: "same", False: "differs", None: ""}[verdict.replays_alike]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _milliseconds(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table; bars inside a cell are escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
