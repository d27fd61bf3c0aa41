"""Decide about a detection; each answer names the rule that decided."""

from scanwarden.model.address import Prefix
from scanwarden.model.decision import BanSource, Decision, Notify, Spare
from scanwarden.model.detection import Closed, Detection, Member, Source
from scanwarden.model.time import Timestamp
from scanwarden.policy.bans import ladder_ban, short_ban
from scanwarden.policy.memory import Memory
from scanwarden.policy.rules import (
    LONGEST_FORGEABLE_BAN_S,
    LONGEST_GROUP_BAN_S,
    NEVER_BAN_ALONE,
    Rules,
    exemption,
)
from scanwarden.policy.scope import narrowed, scope_of

MAX_MEMBERS = 256
_PARDONED = "an administrator lifted the ban at"


def decide(detection: Detection, rules: Rules, memory: Memory, now: Timestamp) -> Decision | None:
    """Choose what to do about one detection; None when what was decided for its scan still holds.

    Changes nothing: the caller carries the decision out and then lets `memory` remember it. A group is never banned as
    such: `decide_members` says what becomes of its members.
    """
    if isinstance(detection, Closed):
        return None
    if told := _about_groups(detection):
        return Notify(reason=told)
    scope = scope_of(detection.source, rules, memory, now)
    if detection.source.address is None or scope is None:
        return Notify(reason="no source address to ban")
    if spared := exemption(detection.source.address, detection.targets, rules):
        return Spare(reason=spared)
    if lifted := memory.pardons.lifted_for(detection.id):
        return Spare(reason=f"{_PARDONED} {lifted}: this scan brings none back, a new one does")
    if told := _too_little(detection, scope, rules):
        return Notify(reason=told)
    return _ban(detection, scope, rules, memory, now)


def decide_members(
    detection: Detection, rules: Rules, memory: Memory, now: Timestamp
) -> tuple[tuple[Member, Decision], ...]:
    """Choose what to do about each member of a group; at most 256 members are judged, in the order given.

    A group names its members and convicts none: each gets a minute at most, nobody who is acquainted gets any, and
    decoys, most of which are innocent, are never banned for the group's sake.
    """
    if detection.group is None or isinstance(detection, Closed):
        return ()
    judged: list[tuple[Member, Decision]] = []
    spent = 0
    for member in detection.source.members[:MAX_MEMBERS]:
        decision = _member_decision(member, detection, rules, memory, now, spent=spent)
        if decision is not None:
            judged.append((member, decision))
            spent += isinstance(decision, BanSource)
    return tuple(judged)


def _about_groups(detection: Detection) -> str | None:
    if detection.group is not None:
        return f"a group ({detection.group}) of {len(detection.source.members)} sources: members are judged one by one"
    if detection.part_of is not None:
        return f"part of {detection.part_of}, which is judged as a group"
    return None


def _too_little(detection: Detection, scope: Prefix, rules: Rules) -> str | None:
    """Say why a detection is not enough for a ban; None if it is."""
    if set(detection.techniques) <= NEVER_BAN_ALONE:
        return f"only {', '.join(detection.techniques) or 'unnamed probes'}, which never bans"
    floor, rule = rules.severity_floor(scope, detection.sensor)
    if detection.severity < floor:
        return f"severity {detection.severity} is below {rule}, {floor}"
    return None


def _ban(detection: Detection, scope: Prefix, rules: Rules, memory: Memory, now: Timestamp) -> Decision | None:
    running = memory.ladder.in_force(scope, now)
    if running is not None and (not running.forgeable or detection.is_forgeable):
        if running.scan == detection.id:
            return None
        return Notify(reason=f"{scope} is banned already, until {running.until}")
    if detection.is_forgeable:
        return _forgeable_ban(detection, scope, rules, memory, now)
    return ladder_ban(scope, "verified source", rules, memory, sensor=detection.sensor, now=now)


def _forgeable_ban(detection: Detection, scope: Prefix, rules: Rules, memory: Memory, now: Timestamp) -> Decision:
    if refused := _over_budget(detection, rules, memory, now, spent_now=0):
        return Notify(reason=refused)
    duration_s, reason = min(rules.forgeable_ban_s, LONGEST_FORGEABLE_BAN_S), "forgeable evidence: a short ban"
    if detection.source.acquainted is True:
        # Whoever knows that a host is a regular could cut it off with packets in its name.
        duration_s = min(duration_s, rules.group_ban_s, LONGEST_GROUP_BAN_S)
        reason = f"an acquaintance, in whose name somebody else may scan: {duration_s} s"
    if duration_s <= 0:
        return Notify(reason="acquainted: it exchanged data here before, and group_ban is 0")
    return short_ban(scope, duration_s, f"{reason} that spares established connections")


def _over_budget(detection: Detection, rules: Rules, memory: Memory, now: Timestamp, *, spent_now: int) -> str | None:
    """Say why there is no room for another ban on forgeable evidence; None if there is."""
    spent = memory.forgeable_bans.spent(now) + spent_now
    if not memory.flood.is_on(now):
        limit = rules.forgeable_per_minute
        return None if spent < limit else f"forgeable evidence, and the budget of {limit} bans a minute is spent"
    wanted = 2 * detection.evidence.threshold
    nats = memory.nats_outside_flood(detection)
    if nats < wanted:
        return f"forgeable evidence during a flood: {nats:.1f} nats beside the flood, a ban needs {wanted:.1f}"
    limit = rules.flood_per_minute
    return None if spent < limit else f"forgeable evidence during a flood, and its {limit} bans a minute are spent"


def _member_decision(
    member: Member, detection: Detection, rules: Rules, memory: Memory, now: Timestamp, *, spent: int
) -> Decision | None:
    scope = scope_of(Source(address=member.address, prefix=None), rules, memory, now)
    if scope is None:
        scope = narrowed(member.address, member.address.prefix(), rules)
    if spared := exemption(member.address, detection.targets, rules) or _acquaintance(member):
        return Spare(reason=spared)
    if lifted := memory.pardons.lifted_since(scope, detection.first_seen):
        return Spare(reason=f"{_PARDONED} {lifted}, after this group began")
    if detection.group == "decoys":
        return Spare(reason="one of several addresses that a scanner hides among: most of them are innocent")
    duration_s = min(rules.group_ban_s, LONGEST_GROUP_BAN_S)
    if told := _too_little(detection, scope, rules):
        return Notify(reason=told)
    if duration_s <= 0:
        return Notify(reason="members of groups are not banned (group_ban is 0)")
    if memory.ladder.in_force(scope, now) is not None:
        return None
    if refused := _over_budget(detection, rules, memory, now, spent_now=spent):
        return Notify(reason=refused)
    reason = f"member of a group ({detection.group}): {duration_s} s, and established connections are spared"
    return short_ban(scope, duration_s, reason)


def _acquaintance(member: Member) -> str | None:
    return "acquainted: it exchanged data here over a proved connection" if member.acquainted is True else None
