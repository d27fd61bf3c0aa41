"""State what a run must show, each promise beside what was measured."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final, get_args

import msgspec

from scanwarden.lab.accuracy.results import Results
from scanwarden.lab.accuracy.verdict import Verdict
from scanwarden.model.detection import Technique

CLOSED_PORTS: Final = frozenset({"closed_port"})
IMPOSSIBLE_FLAGS: Final = frozenset({"impossible_flags", "fin_without_connection"})
_TOOLS: Final = ("nmap", "masscan", "zmap", "hping3", "connect")
_WHOLE_SCAN: Final = "everything_nmap"
_SLOW_SCAN: Final = "slow"


class Promise(msgspec.Struct, frozen=True):
    """One thing that a run must show, and what it showed."""

    text: str
    measured: str
    holds: bool


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Who found a technique: real commands of the catalogue that make it, those it was named for, crafted scans."""

    technique: str
    commands: tuple[str, ...]
    named: tuple[str, ...]
    crafted: tuple[str, ...]

    @property
    def is_covered(self) -> bool:
        """Whether two real commands, or as many as there are, were named so; a crafted scan where there is none."""
        return len(self.named) >= min(2, len(self.commands)) and bool(self.named or self.crafted)


def promises(results: Results) -> list[Promise]:
    """Return every promise in the order of the page."""
    return [
        *_detection(results),
        *_harmless(results),
        *_speed(results),
        _slow(results),
        _whole_scan(results),
        *_decoys(results),
        *_tools(results),
    ]


def coverage(results: Results) -> list[Coverage]:
    """Return who found each technique of the model."""
    return [
        Coverage(
            technique=technique,
            commands=tuple(scan.name for scan, _ in results.scans if scan.techniques[0] == technique),
            named=tuple(scan.name for scan, verdict in results.scans if technique in verdict.techniques),
            crafted=tuple(runs[0].name for runs in results.crafted if any(technique in run.techniques for run in runs)),
        )
        for technique in get_args(Technique)
    ]


def contacts_by_rule(results: Results, rules: frozenset[str]) -> list[int]:
    """Return the contacts until opened of real scans of one source whose evidence is mostly of `rules`."""
    return [
        verdict.contacts
        for scan, verdict in results.scans
        if verdict.contacts is not None and verdict.rule in rules and scan.group is None
    ]


def _detection(results: Results) -> Iterator[Promise]:
    real = [verdict for _, verdict in results.scans]
    yield _all_of(
        "Every real scan is named with technique and pattern, and blamed on its source alone, live and in replay",
        real,
    )
    yield _all_of(
        "Every crafted scan is named with technique and pattern, and blamed on its source or group alone",
        [run for runs in results.crafted for run in runs],
    )
    found = coverage(results)
    missing = [one.technique for one in found if not one.is_covered]
    yield Promise(
        "Every technique is named for two different real commands, or for as many as there are",
        f"{len(found) - len(missing)} of {len(found)}{_named(missing)}",
        not missing,
    )


def _all_of(text: str, verdicts: Sequence[Verdict]) -> Promise:
    wrong = sorted({verdict.name for verdict in verdicts if verdict.faults})
    right = sum(not verdict.faults for verdict in verdicts)
    return Promise(text, f"{right} of {len(verdicts)}{_named(wrong)}", not wrong)


def _harmless(results: Results) -> Iterator[Promise]:
    runs = sum(one.runs for one in results.workloads)
    alarms = sum(len(one.with_home) for one in results.workloads)
    notices = [one.name for one in results.workloads if one.missing_notices]
    blamed = [one.name for one in results.workloads if one.with_home]
    inferred = [one.name for one in results.workloads if one.with_inferred_home]
    inferred_alarms = sum(len(one.with_inferred_home) for one in results.workloads)
    yield Promise(
        "No false alarm over synthesised harmless workloads with our addresses given; a flood is a notice",
        f"{alarms} in {runs} runs of {len(results.workloads)} workloads{_named(blamed + notices)}; where our addresses "
        f"had to be inferred (no promise) {inferred_alarms}{_named(inferred)}",
        not blamed and not notices,
    )
    loud = [one.name for one in results.traffic if one.alarms or one.failure or not one.replays_alike]
    yield Promise(
        "No false alarm over harmless real programs, live and in replay",
        f"{sum(len(one.alarms) for one in results.traffic)} in {len(results.traffic)} programs{_named(loud)}",
        not loud,
    )


def _speed(results: Results) -> Iterator[Promise]:
    for text, rules, limit in (("closed ports", CLOSED_PORTS, 4), ("impossible flags", IMPOSSIBLE_FLAGS, 3)):
        contacts = contacts_by_rule(results, rules)
        measured = f"{median(contacts):g} over {len(contacts)} real scans" if contacts else "nothing"
        yield Promise(
            f"The median scan by {text} opens after at most {limit} distinct contacts",
            measured,
            bool(contacts) and median(contacts) <= limit,
        )


def _slow(results: Results) -> Promise:
    runs = [run for runs in results.crafted for run in runs if run.name == _SLOW_SCAN]
    found = [run for run in runs if not run.faults]
    contacts = sorted({run.contacts for run in found if run.contacts is not None})
    return Promise(
        "Eight ports at 15-minute spacing are found",
        f"{len(found)} of {len(runs)} seeds" + (f", at contact {' or '.join(map(str, contacts))}" if contacts else ""),
        bool(runs) and len(found) == len(runs),
    )


def _whole_scan(results: Results) -> Promise:
    verdict = results.scan(_WHOLE_SCAN)
    text = "`nmap -A -p-` is one scan with several techniques, its stages and the tool"
    if verdict is None or not verdict.is_detected:
        return Promise(text, "not detected", holds=False)
    return Promise(
        text,
        f"{verdict.scans} opened; techniques {', '.join(verdict.techniques)}; stages {', '.join(verdict.stages)}; "
        f"tool {verdict.tool or 'unknown'}",
        verdict.scans == 1
        and verdict.source_is_right
        and len(verdict.techniques) > 1
        and set(verdict.stages) == {"ports", "version", "os"}
        and verdict.tool == "nmap",
    )


def _decoys(results: Results) -> Iterator[Promise]:
    for count, runs in sorted(results.decoys.items()):
        grouped = sum(not run.faults for run in runs)
        alone = sum(len(run.false_alarms) for run in runs)
        failures = sum(run.failure is not None for run in runs)
        yield Promise(
            f"`nmap -D` with {count} decoys is reported as one group, and nobody on their own",
            f"group with every member in {grouped} of {len(runs)} runs; {alone} sources reported on their own"
            + (f"; {failures} runs failed" if failures else ""),
            bool(runs) and grouped == len(runs) and not alone,
        )


def _tools(results: Results) -> Iterator[Promise]:
    verdicts = [verdict for _, verdict in results.scans] + [run for runs in results.decoys.values() for run in runs]
    wrong = [f"{verdict.name} as {verdict.tool}" for verdict in verdicts if verdict.tool_is_wrong]
    named = {tool: sum(one.tool == tool == one.truth.tool for one in verdicts) for tool in _TOOLS}
    made = {tool: sum(one.truth.tool == tool for one in verdicts) for tool in _TOOLS}
    yield Promise(
        "No scan is given the name of a tool that it was not made with", f"{len(wrong)} wrong{_named(wrong)}", not wrong
    )
    yield Promise(
        "nmap, masscan, zmap, hping3 and plain connections are told apart",
        "named: " + ", ".join(f"{tool} {named[tool]} of {made[tool]}" for tool in _TOOLS),
        all(named.values()),
    )


def _named(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names else ""
