"""Take over from an earlier run who was banned, and how often: a restart sends nobody to the foot of the ladder."""

from collections.abc import Sequence
from typing import Protocol

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.policy.ladder import FORGET_AFTER_S, Standing
from scanwarden.policy.memory import Memory


class Records(Protocol):
    """What is asked of the database."""

    def standings(self, since: int, *, limit: int) -> tuple[tuple[Prefix, int, Timestamp], ...]:
        """Give who was banned on proved evidence, how often, and until when; oldest first."""


def recall_standings(memory: Memory, records: Records, running: Sequence[Ban], now: Timestamp) -> None:
    """Let `memory` know the standings of the last 30 days; `running` are the bans that have not ended.

    Raises StoreError.
    """
    ladder = memory.ladder
    earlier = records.standings(now - FORGET_AFTER_S * NS_PER_S, limit=ladder.max_sources)
    steps = {source.key: count for source, count, _ in earlier}
    are_running = {ban.source.key for ban in running}
    for source, count, until in earlier:
        if source.key not in are_running:
            ladder.recall(source, Standing(scan=None, until=until, forgeable=False, steps=count))
    for ban in running[-ladder.max_sources :]:  # what comes before would be forgotten at once
        standing = Standing(
            scan=ban.id, until=ban.expires_at, forgeable=ban.forgeable, steps=steps.get(ban.source.key, 0)
        )
        ladder.recall(ban.source, standing)
    for ban in running:
        if not ban.forgeable and ban.source.version != 4:
            memory.siblings.add(ban.source, ban.expires_at)
