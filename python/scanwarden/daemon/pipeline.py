"""Turn what the detector states into records and bans: the steps that replay and live share.

Every time comes from the statements themselves, so a replay gives the records that watching gave.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

import msgspec

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.decision import BanSource, Decision, Notify, Spare
from scanwarden.model.detection import Detection, Member, ScanId
from scanwarden.model.notice import Notice
from scanwarden.model.records import Decided, Record, Statement
from scanwarden.model.time import Timestamp

IsEnforced = Callable[[Prefix | None, str], bool]
"""Says whether a ban of a source is carried out when a sensor reports it."""

MAX_REMEMBERED = 65_536  # answers about scans; the oldest goes first, and may then be told once more

_ACTIONS: dict[type[Decision], Literal["ban", "notify", "spare"]] = {BanSource: "ban", Notify: "notify", Spare: "spare"}


DetectionT = TypeVar("DetectionT", bound=Detection)


class Judge(Protocol):
    """What the pipeline asks of the policy."""

    def decide(self, detection: Detection) -> Decision | None:
        """Decide about a detection; None when what was decided before still holds."""

    def decide_members(self, detection: Detection) -> tuple[tuple[Member, Decision], ...]:
        """Decide about the members of a group; empty for a single source."""

    def weighed(self, detection: DetectionT) -> DetectionT:
        """Give the detection as severe as it is beside what else is known of its source."""

    def note(self, notice: Notice) -> Decision | None:
        """Take in a notice, such as a flood; None if it needs no answer."""


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement leads to: records to tell in this order, and bans to carry out where bans are enforced."""

    records: tuple[Record, ...]
    bans: tuple[Ban, ...] = ()


class AsStated:
    """Pass statements on, for a policy in another process."""

    def consequence(self, statement: Statement) -> Consequence:
        """Give the statement alone."""
        return Consequence(records=(statement,))


class Pipeline:
    """Ask the policy about each statement, and tell each of its answers about a scan once."""

    def __init__(self, judge: Judge, *, is_enforcing: bool | IsEnforced, max_remembered: int = MAX_REMEMBERED) -> None:
        """Take whether bans are carried out: all, none, or those of whom a function says so."""
        self._judge = judge
        self._is_enforced: IsEnforced = is_enforcing if callable(is_enforcing) else lambda _, __: is_enforcing
        self._max_remembered = max_remembered
        self._told: OrderedDict[tuple[str, bytes], Decision] = OrderedDict()

    def consequence(self, statement: Statement) -> Consequence:
        """Give the records, and the bans, that follow from one statement of the detector."""
        if isinstance(statement, Notice):
            return self._of_notice(statement)
        statement = self._judge.weighed(statement)
        answers = [
            (source, decision)
            for source, decision in self._answers(statement)
            if self._is_news(statement, source, decision)
        ]
        scan, time = statement.id, statement.time
        judged = [(source, decision, self._is_enforced(source, statement.sensor)) for source, decision in answers]
        decided = [self._decided(scan, time, source, decision, is_real=real) for source, decision, real in judged]
        bans = [_ban(scan, time, decision) for _, decision, real in judged if real and isinstance(decision, BanSource)]
        return Consequence(records=(statement, *decided), bans=tuple(bans))

    def _of_notice(self, notice: Notice) -> Consequence:
        decision = self._judge.note(notice)
        if decision is None or notice.id is None:
            return Consequence(records=(notice,))
        source = notice.source.prefix if notice.source is not None else None
        is_real = self._is_enforced(source, notice.sensor)
        decided = self._decided(notice.id, notice.time, source, decision, is_real=is_real)
        bans = (_ban(notice.id, notice.time, decision),) if isinstance(decision, BanSource) else ()
        return Consequence(records=(notice, decided), bans=bans if is_real else ())

    def _answers(self, detection: Detection) -> list[tuple[Prefix | None, Decision]]:
        """Ask about the scan as a whole, then about the members of a group, each with whom the answer is about."""
        answers: list[tuple[Prefix | None, Decision]] = []
        if (whole := self._judge.decide(detection)) is not None:
            answers.append((detection.source.prefix, whole))
        answers += [(member.address.prefix(), decision) for member, decision in self._judge.decide_members(detection)]
        return answers

    def _is_news(self, detection: Detection, source: Prefix | None, decision: Decision) -> bool:
        """Say whether this answer differs from the last one; what is new is remembered."""
        key = (detection.id, source.key if source else b"")
        if self._told.get(key) == decision and not isinstance(decision, BanSource):
            return False
        self._told[key] = decision
        self._told.move_to_end(key)
        if len(self._told) > self._max_remembered:
            self._told.popitem(last=False)
        return True

    @staticmethod
    def _decided(scan: ScanId, time: Timestamp, source: Prefix | None, decision: Decision, *, is_real: bool) -> Decided:
        ban = decision if isinstance(decision, BanSource) else None
        return Decided(
            id=scan,
            time=time,
            action=_ACTIONS[type(decision)],
            would=not is_real,
            reason=decision.reason,
            source=ban.source if ban else source,
            duration_s=ban.duration_s if ban else None,
        )


def _ban(scan: ScanId, time: Timestamp, decision: BanSource) -> Ban:
    return Ban(
        id=scan,
        source=decision.source,
        starts_at=time,
        duration_s=decision.duration_s,
        reason=decision.reason,
        forgeable=decision.forgeable,
        spare_established=decision.spare_established,
    )
