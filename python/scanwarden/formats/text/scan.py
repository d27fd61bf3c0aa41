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
KIND_WORDS = {"tcp": "tcp", "udp": "udp", "sctp": "sctp", "ip_protocol": "IP protocols", "icmp": "ICMP types"}
PORT_KINDS = ("tcp", "udp", "sctp")


def story(detection: Detection, *, done: str | None, paint: Paint) -> list[str]:
    """Write headline and rows; `done` says what the policy did about it, None if it was not asked."""
    lines = layout.headline(_headline(detection), "headline", paint)
    lines += layout.row("how", _how(detection), paint)
    if touched := _touched(detection.targets):
        lines += layout.row("touched", touched, paint)
    lines += layout.row("learnt", _learnt(detection), paint, "alarm" if detection.learnt_open else "plain")
    lines += layout.row("source", _source(detection), paint)
    if detection.tool is not None:
        sure = f"{detection.tool.confidence:.0%} sure"
        lines += layout.row("tool", f"looks like {detection.tool.name} ({sure})", paint)
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
    count = sum(len(ports) for ports in numbers.values())
    on_hosts = str(detection.targets[0].address) if hosts == 1 else words.counted(hosts, "host")
    if not any(kind in PORT_KINDS for kind in numbers):
        kinds = numbers.get("ip_protocol")
        return f"{words.counted(len(kinds), 'IP protocol')} of {on_hosts}" if kinds else on_hosts
    if hosts > 1 and detection.pattern in ("horizontal", "strobe"):
        return f"{on_hosts} for {_numbers(numbers)}"
    ports = words.counted(count, "port")
    return f"{ports} of {on_hosts}"


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
    if detection.duration_s <= 0 or detection.probes < 2:
        return ""
    per_second = (detection.probes - 1) / detection.duration_s
    if per_second >= 1:
        return f", {per_second:,.0f} a second"
    return f", one every {words.duration(1 / per_second)}"


def _touched(targets: Sequence[Target]) -> str:
    """List the ports once when every host got the same, else host by host."""
    numbers = _all_touched(targets)
    names = [str(target.address) for target in targets[:MAX_TARGETS_NAMED]]
    if len(targets) > MAX_TARGETS_NAMED:
        names.append(f"{len(targets) - MAX_TARGETS_NAMED:,} more")
    if len(targets) == 1:
        return _numbers(numbers)
    if not numbers:
        return words.listed(names)
    if all(target.touched == targets[0].touched for target in targets):
        return f"{_numbers(numbers)} on {words.listed(names)}"
    parts = [f"{target.address}: {_numbers(target.touched)}" for target in targets[:MAX_TARGETS_NAMED]]
    return "; ".join([*parts, *names[MAX_TARGETS_NAMED:]])


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
    if not detection.learnt_open:
        return f"no open port ({others})" if others else "no open port"
    found = words.listed([_open_on(target, detection) for target in detection.learnt_open[:MAX_TARGETS_NAMED]])
    more = len(detection.learnt_open) - MAX_TARGETS_NAMED
    found += f" and {words.counted(more, 'more host')}" if more > 0 else ""
    return f"{found}{f' ({others})' if others else ''}"


def _open_on(target: Target, detection: Detection) -> str:
    where = "" if len(detection.targets) == 1 else f" on {target.address}"
    touched = target.touched
    if not touched:
        return f"{target.address} is up"
    total = sum(len(ports) for ports in touched.values())
    return f"{_numbers(touched)} {'is' if total == 1 else 'are'} open{where}"


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
