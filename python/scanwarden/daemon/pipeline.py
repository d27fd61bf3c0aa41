"""Turn what the detector states into records and bans: the steps that replay and live share.

Every time comes from the statements themselves, so a replay gives the records that watching gave.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

import msgspec

from scanwarden.model.ban import Ban
from scanwarden.model.decision import BanSource, Decision, Notify, Spare
from scanwarden.model.detection import Closed, Detection
from scanwarden.model.notice import Notice
from scanwarden.model.records import Decided, Record, Statement

MAX_DECIDED = 65_536  # scans whose decision is remembered; the oldest goes first and may be decided once more

Decide = Callable[[Detection], Decision]

_ACTIONS: dict[type[Decision], Literal["ban", "notify", "spare"]] = {BanSource: "ban", Notify: "notify", Spare: "spare"}


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement leads to: records to tell in this order, and a ban to carry out where bans are enforced."""

    records: tuple[Record, ...]
    ban: Ban | None = None


class Pipeline:
    """Ask the policy about each scan: when it opens, and again if an update changes what may be done about it."""

    def __init__(self, decide: Decide | None, *, is_enforcing: bool, max_decided: int = MAX_DECIDED) -> None:
        self._decide = decide
        self._is_enforcing = is_enforcing
        self._max_decided = max_decided
        self._decided: OrderedDict[str, tuple[str, bool]] = OrderedDict()

    def consequence(self, statement: Statement) -> Consequence:
        """Give the records, and the ban, that follow from one statement of the detector."""
        if isinstance(statement, Notice):
            return Consequence(records=(statement,))
        if isinstance(statement, Closed):
            self._decided.pop(statement.id, None)
        if isinstance(statement, Closed) or self._decide is None:
            return Consequence(records=(statement,))
        decision = self._decide(statement)
        if not self._is_news(statement, decision):
            return Consequence(records=(statement,))
        decided = _decided(statement, decision, would=not self._is_enforcing)
        ban = _ban(statement, decision) if self._is_enforcing else None
        return Consequence(records=(statement, decided), ban=ban)

    def _is_news(self, detection: Detection, decision: Decision) -> bool:
        """Say whether this scan was not decided so before; what is decided anew is remembered."""
        now = (type(decision).__name__, detection.is_forgeable)
        if self._decided.get(detection.id) == now:
            return False
        self._decided[detection.id] = now
        self._decided.move_to_end(detection.id)
        if len(self._decided) > self._max_decided:
            self._decided.popitem(last=False)
        return True


def _decided(detection: Detection, decision: Decision, *, would: bool) -> Decided:
    ban = decision if isinstance(decision, BanSource) else None
    return Decided(
        id=detection.id,
        time=detection.time,
        action=_ACTIONS[type(decision)],
        would=would,
        reason=decision.reason,
        source=ban.source if ban else detection.source.prefix,
        duration_s=ban.duration_s if ban else None,
    )


def _ban(detection: Detection, decision: Decision) -> Ban | None:
    if not isinstance(decision, BanSource):
        return None
    return Ban(
        id=detection.id,
        source=decision.source,
        starts_at=detection.time,
        duration_s=decision.duration_s,
        reason=decision.reason,
        forgeable=decision.forgeable,
        spare_established=decision.spare_established,
    )
