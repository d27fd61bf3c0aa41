"""Word the two kinds of ban: one that climbs the ladder, and a short one for evidence that may be forged."""

from scanwarden.model.address import Prefix
from scanwarden.model.decision import BanSource
from scanwarden.model.time import Timestamp
from scanwarden.policy.memory import Memory
from scanwarden.policy.rules import Rules


def ladder_ban(scope: Prefix, why: str, rules: Rules, memory: Memory, *, sensor: str, now: Timestamp) -> BanSource:
    """Ban a source that is proved for as long as its rung of the ladder says, and drop all that it sends."""
    ladder_s = rules.ladder_for(scope, sensor)
    step = min(memory.ladder.step(scope, now), len(ladder_s) - 1)
    return BanSource(
        source=scope,
        duration_s=ladder_s[step],
        reason=f"{why}, rung {step + 1} of {len(ladder_s)} of the ladder",
        forgeable=False,
        spare_established=False,
    )


def short_ban(scope: Prefix, duration_s: int, reason: str) -> BanSource:
    """Ban a source in whose name somebody else may act, and leave its established connections alone."""
    return BanSource(source=scope, duration_s=duration_s, reason=reason, forgeable=True, spare_established=True)
