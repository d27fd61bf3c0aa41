"""Decide about sources that guess logins, and weigh a scan more when its source guesses too."""

from typing import TypeVar

import msgspec

from scanwarden.model.decision import Decision, Notify, Spare
from scanwarden.model.detection import Detection
from scanwarden.model.notice import Notice
from scanwarden.policy.bans import ladder_ban, short_ban
from scanwarden.policy.memory import Memory
from scanwarden.policy.rules import LONGEST_FORGEABLE_BAN_S, Rules, exemption
from scanwarden.policy.scope import scope_of

DetectionT = TypeVar("DetectionT", bound=Detection)

LOGIN_GUESSING = "login_guessing"
HIGHEST_SEVERITY = 5


def weighed(detection: DetectionT, memory: Memory) -> DetectionT:
    """Give the detection with its severity one higher if the same source guessed logins within a day."""
    address = detection.source.address
    if address is None or not memory.guessers.has_guessed(address, detection.time):
        return detection
    return msgspec.structs.replace(detection, severity=min(detection.severity + 1, HIGHEST_SEVERITY))


def decide_notice(notice: Notice, rules: Rules, memory: Memory) -> Decision | None:
    """Choose what to do about a notice; None for all that need no answer.

    A source that guesses logins climbs the ladder where the journal vouches for it; what a text file says may have been
    written by any local user, so that earns a short ban within the budget for forgeable evidence.
    """
    if notice.kind != LOGIN_GUESSING or notice.source is None:
        return None
    address = notice.source.address
    scope = scope_of(notice.source, rules, memory, notice.time)
    if address is None or scope is None:
        return None
    if spared := exemption(address, (), rules):
        return Spare(reason=spared)
    if not rules.bans_guessers:
        return Notify(reason="it guesses logins, which is only told")
    if memory.ladder.in_force(scope, notice.time) is not None:
        return None
    if notice.source.verified:
        return ladder_ban(scope, "it guesses logins", rules, memory, sensor=notice.sensor, now=notice.time)
    if memory.forgeable_bans.spent(notice.time) >= rules.forgeable_per_minute:
        return Notify(
            reason=f"it guesses logins, and the budget of {rules.forgeable_per_minute} bans a minute is spent"
        )
    duration_s = min(rules.forgeable_ban_s, LONGEST_FORGEABLE_BAN_S)
    return short_ban(scope, duration_s, "it guesses logins, as far as a text log can be believed: a short ban")
