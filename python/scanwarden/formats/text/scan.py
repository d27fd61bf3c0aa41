"""Tell the story of one scan: who, how, what, how fast, what they learnt, why it counts, what was done."""

from collections import Counter
from collections.abc import Sequence

from scanwarden.formats.text import layout, rules, words
from scanwarden.formats.text.layout import Paint
from scanwarden.model.detection import Detection, Target
from scanwarden.model.ports import Ports

MAX_TARGETS_NAMED = 4
MAX_MEMBERS_NAMED = 8
MAX_RULES_NAMED = 3
KIND_WORDS = {"tcp": "tcp", "udp": "udp", "sctp": "sctp", "ip_protocol": "IP protocol", "icmp": "ICMP type"}
TOOL_WORDS = {"connect": "an ordinary program that connects"}
STAGE_WORDS = {"version": "the versions of services", "os": "the operating system"}
SHORTEST_RATED_S = 0.01
PORT_KINDS = ("tcp", "udp", "sctp")


def story(detection: Detection, *, done: str | None, paint: Paint) -> list[str]:
    """Write headline and rows; `done` says what the policy did about it, None if it was not asked."""
    lines = layout.headline(_headline(detection), "headline", paint)
    lines += layout.row("how", _how(detection), paint)
    if detection.targets:
        gaps = "; ports left out so far are told when it closes" if detection.is_rounded else ""
        lines += layout.row("touched", _where(detection.targets, detection) + gaps, paint)
    lines += layout.row("learnt", _learnt(detection), paint, "alarm" if detection.learnt_open else "plain")
    lines += layout.row("source", _source(detection), paint)
    if tool := _tool(detection):
        lines += layout.row("tool", tool, paint)
    if detection.tricks:
        lines += layout.row("tricks", words.listed([words.TRICKS[trick] for trick in detection.tricks]), paint)
    lines += layout.row("evidence", _evidence(detection), paint)
    if done is not None:
        lines += layout.row("done", done, paint)
    lines += layout.row("scan", _footer(detection), paint, "faint")
    return lines


def who(detection: Detection) -> str:
    """Name the source of a scan, or its group, in a few words."""
    if detection.source.address is not None:
        return str(detection.source.address)
    kind = words.GROUPS[detection.group] if detection.group else "a group"
    return f"{words.counted(len(detection.source.members), 'address', 'addresses')} ({kind})"


def what(detection: Detection) -> str:
    """Say what was scanned, in the form that fits the pattern: ports of a host, or hosts for a port."""
    hosts = len(detection.targets)
    numbers = _all_touched(detection.targets)
    on_hosts = str(detection.targets[0].address) if hosts == 1 else words.counted(hosts, "host")
    ports = sum(len(numbers.get(kind, ())) for kind in PORT_KINDS)
    if detection.is_rounded:
        ports = min(ports, detection.outcomes.contacts)
    protocols = len(numbers.get("ip_protocol", ()))
    if protocols > ports:
        return f"{words.counted(protocols, 'IP protocol')} of {on_hosts}"
    if not ports:
        return on_hosts
    if hosts > 1 and detection.pattern in ("horizontal", "strobe"):
        return f"{on_hosts} for {_numbers(numbers)}"
    return f"{words.counted(ports, 'port')} of {on_hosts}"


def _headline(detection: Detection) -> str:
    verb = "swept" if detection.pattern == "horizontal" and len(detection.targets) > 1 else "scanned"
    took = words.duration(detection.duration_s)
    return f"{who(detection)} {verb} {what(detection)} in {took} ({words.techniques_of(detection.techniques)})"


def _how(detection: Detection) -> str:
    has_ports = any(kind in PORT_KINDS for kind in _all_touched(detection.targets))
    shape = words.PATTERNS[detection.pattern] if has_ports else "many hosts"
    shape = f"{shape}, " if has_ports or len(detection.targets) > 1 else ""
    probes = f"{words.counted(detection.probes, 'probe')}{_rate(detection)}"
    return f"{shape}{words.PACES[detection.pace]}: {probes}"


def _rate(detection: Detection) -> str:
    if detection.duration_s < SHORTEST_RATED_S or detection.probes < 2:
        return ""
    per_second = (detection.probes - 1) / detection.duration_s
    if per_second >= 1:
        return f", {per_second:,.0f} a second"
    return f", one every {words.duration(1 / per_second)}"


def _where(targets: Sequence[Target], detection: Detection) -> str:
    """List numbers once when they are the same on every host, else host by host; hosts alone if there are none."""
    names = [str(target.address) for target in targets[:MAX_TARGETS_NAMED]]
    if len(targets) > MAX_TARGETS_NAMED:
        names.append(f"{len(targets) - MAX_TARGETS_NAMED:,} more")
    first = targets[0].touched
    if not any(target.touched for target in targets):
        return words.listed(names)
    if all(target.touched == first for target in targets):
        is_only_host = len(detection.targets) == 1
        return _numbers(first) if is_only_host else f"{_numbers(first)} on {words.listed(names)}"
    parts = [f"{target.address}: {_numbers(target.touched)}" for target in targets[:MAX_TARGETS_NAMED]]
    return "; ".join([*parts, *names[MAX_TARGETS_NAMED:]])


def _tool(detection: Detection) -> str | None:
    tool = detection.tool
    name = f"looks like {TOOL_WORDS.get(tool.name, tool.name)} ({tool.confidence:.0%} sure)" if tool else None
    asked = [STAGE_WORDS[stage] for stage in detection.stages if stage in STAGE_WORDS]
    return layout.joined([name, f"it also asked for {words.listed(asked)}" if asked else None])


def _learnt(detection: Detection) -> str:
    outcomes = detection.outcomes
    others = layout.joined(
        [
            f"{outcomes.closed:,} closed" if outcomes.closed else None,
            f"{outcomes.filtered:,} silent or refused by a firewall" if outcomes.filtered else None,
            f"{outcomes.unknown:,} without a clear answer" if outcomes.unknown else None,
        ],
        ", ",
    )
    found = f"open: {_where(detection.learnt_open, detection)}" if detection.learnt_open else "no open port"
    return f"{found} ({others})" if others else found


def _source(detection: Detection) -> str:
    source = detection.source
    if source.address is None:
        named = [f"{m.address}{' (proved)' if m.verified else ''}" for m in source.members[:MAX_MEMBERS_NAMED]]
        more = len(source.members) - MAX_MEMBERS_NAMED
        return words.listed([*named, *([f"{more:,} more"] if more > 0 else [])])
    proof = (
        "proved by a completed handshake"
        if source.verified
        else "not proved, so it may be forged (no handshake completed)"
    )
    wide = source.prefix is not None and not source.prefix.is_single
    return f"address {proof}{f'; counted with its network {source.prefix}' if wide else ''}"


def _evidence(detection: Detection) -> str:
    evidence = detection.evidence
    by_rule = Counter(part.rule for part in evidence.parts)
    seen = [rules.seen(rule) for rule, _ in by_rule.most_common(MAX_RULES_NAMED)]
    contacts = words.counted(len(evidence.parts) + evidence.parts_left_out, "contact")
    return f"{evidence.nats:,.1f} nats where {evidence.threshold:.1f} make a scan" + (
        f", from {contacts}: {words.listed(seen)}" if seen else ""
    )


def _footer(detection: Detection) -> str:
    return layout.joined(
        [
            detection.id,
            f"severity {detection.severity} of 5",
            words.span(detection.first_seen, detection.last_seen),
            f"part of {detection.part_of}" if detection.part_of else None,
            " ".join(detection.attack),
        ],
        " · ",
    )


def _all_touched(targets: Sequence[Target]) -> dict[str, Ports]:
    """Unite what was touched over all hosts, by kind."""
    united: dict[str, list[Ports]] = {}
    for target in targets:
        for kind, ports in target.touched.items():
            united.setdefault(kind, []).append(ports)
    return {kind: Ports.united(many) for kind, many in united.items()}


def _numbers(touched: dict[str, Ports]) -> str:
    return "; ".join(f"{KIND_WORDS[kind]} {words.ports_of(ports)}" for kind, ports in touched.items())
