"""Hold what the detector told of one case against the truth about it."""

from collections.abc import Collection, Sequence

import msgspec

from scanwarden.model.detection import Closed, Detection, Opened
from scanwarden.model.records import Record

NS_PER_MS = 1_000_000


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector must say about one scan.

    `sources` are the addresses to name: the first one, or all as members if there is a `group`. One of `techniques`
    must be named. A tool's name may be given only if it is `tool`; `is_tool_known` is False where frames were
    crafted and any name would do.
    """

    sources: tuple[str, ...]
    techniques: frozenset[str]
    group: str | None = None
    pattern: str | None = None
    tool: str | None = None
    is_tool_known: bool = True


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one scan.

    `scans` counts everything that opened. `false_alarms` are sources of scans that neither are the truth's nor fold
    into its group. `contacts` and `opened_ms` are what was touched, and the milliseconds that passed by the packets'
    clock, until the scan opened; `rule` is the rule that gave most of its evidence.
    """

    name: str
    truth: Truth
    scans: int = 0
    is_detected: bool = False
    source_is_right: bool = False
    techniques: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    pattern: str | None = None
    group: str | None = None
    tool: str | None = None
    contacts: int | None = None
    opened_ms: float | None = None
    rule: str | None = None
    false_alarms: tuple[str, ...] = ()
    replays_alike: bool | None = None
    failure: str | None = None

    @property
    def is_named_right(self) -> bool:
        """Whether one of the right techniques was named."""
        return bool(self.truth.techniques.intersection(self.techniques))

    @property
    def tool_is_wrong(self) -> bool:
        """Whether a tool was named that it was not; naming none is never wrong."""
        return self.truth.is_tool_known and self.tool not in {None, self.truth.tool}

    @property
    def faults(self) -> list[str]:
        """Give what is wrong, one short clause each; empty where everything is right."""
        if self.failure:
            return [self.failure]
        if not self.is_detected:
            return ["not detected"]
        checks = {
            "technique": self.is_named_right,
            "source": self.source_is_right,
            "group": self.group == self.truth.group,
            "pattern": self.truth.pattern in {None, self.pattern},
            "tool": not self.tool_is_wrong,
            "one scan": self.scans == 1 or self.truth.group is not None,
            "nobody else": not self.false_alarms,
            "replay as live": self.replays_alike is not False,
        }
        return [f"wrong: {what}" for what, is_right in checks.items() if not is_right]


def judge(name: str, truth: Truth, records: Sequence[Record]) -> Verdict:
    """Return the verdict on one scan from everything that was told while it ran."""
    opened = [record for record in records if isinstance(record, Opened)]
    closed = {record.id: record for record in records if isinstance(record, Closed)}
    main = _main(opened, closed, truth)
    alone = tuple(_named(other) for other in opened if other is not main and not _is_folded(other, closed, main))
    if main is None or main.id not in closed:
        return Verdict(name=name, truth=truth, scans=len(opened), false_alarms=alone)
    end = closed[main.id]
    return Verdict(
        name=name,
        truth=truth,
        scans=len(opened),
        is_detected=True,
        source_is_right=_sources(end) == (set(truth.sources) if truth.group else {truth.sources[0]}),
        techniques=end.techniques,
        stages=end.stages,
        pattern=end.pattern,
        group=end.group,
        tool=end.tool.name if end.tool else None,
        contacts=contacts_until_opened(main),
        opened_ms=(main.time - main.first_seen) / NS_PER_MS,
        rule=main_rule(main),
        false_alarms=alone,
    )


def contacts_until_opened(opened: Opened) -> int:
    """Count the distinct things `opened` had touched: ports, protocols or ICMP types of each host, open ones too.

    Those of a group are counted once, however many members touched them. What weighed something is among the evidence,
    what did not is only among the targets, so the larger number counts.
    """
    touched = sum(sum(map(len, target.touched.values())) or 1 for target in opened.targets)
    return max(touched, len({part.contact for part in opened.evidence.parts}))


def main_rule(opened: Opened) -> str | None:
    """Return the rule that gave most of the evidence; None if no part was kept."""
    nats: dict[str, float] = {}
    for part in opened.evidence.parts:
        nats[part.rule] = nats.get(part.rule, 0.0) + part.nats
    return max(nats, key=lambda rule: nats[rule], default=None)


def false_alarms(records: Collection[Record]) -> tuple[str, ...]:
    """Return whom harmless traffic was blamed on, with the techniques; empty where all is well."""
    return tuple(
        f"{_named(record)} ({', '.join(record.techniques)})" for record in records if isinstance(record, Opened)
    )


def _main(opened: Sequence[Opened], closed: dict[str, Closed], truth: Truth) -> Opened | None:
    """Pick the scan that the truth is about: the group, or the first by the right source."""
    for scan in opened:
        end = closed.get(scan.id, scan)
        if end.group == truth.group if truth.group else str(end.source.address) == truth.sources[0]:
            return scan
    return None


def _is_folded(scan: Opened, closed: dict[str, Closed], main: Opened | None) -> bool:
    """Whether `scan` ended as a part of the group `main`."""
    end: Detection = closed.get(scan.id, scan)
    return main is not None and main.id == end.part_of


def _sources(detection: Detection) -> set[str]:
    members = {str(member.address) for member in detection.source.members}
    return members or {str(detection.source.address)}


def _named(detection: Detection) -> str:
    return f"a group ({detection.group})" if detection.group else str(detection.source.address)
