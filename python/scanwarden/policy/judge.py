"""Decide and remember in one step, for a pipeline that carries every decision out."""

from scanwarden.model.address import Prefix
from scanwarden.model.decision import Decision
from scanwarden.model.detection import Detection, Member
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp
from scanwarden.policy.decide import decide, decide_members
from scanwarden.policy.guessing import DetectionT, decide_notice, weighed
from scanwarden.policy.memory import Memory
from scanwarden.policy.rules import Rules


class Judge:
    """Rules and memory together; the clock is each statement's own time.

    `rules` may be replaced while running: the memory stays.
    """

    def __init__(self, rules: Rules, memory: Memory | None = None) -> None:
        self.rules = rules
        self.memory = memory or Memory()

    def decide(self, detection: Detection) -> Decision | None:
        """Decide about a detection and remember it; None when what was decided before still holds."""
        decision = decide(detection, self.rules, self.memory, detection.time)
        if decision is not None:
            self.memory.remember(decision, detection.time, scan=detection.id)
        return decision

    def decide_members(self, detection: Detection) -> tuple[tuple[Member, Decision], ...]:
        """Decide about the members of a group and remember it; empty for a single source."""
        judged = decide_members(detection, self.rules, self.memory, detection.time)
        for _, decision in judged:
            self.memory.remember(decision, detection.time, scan=detection.id)
        return judged

    def weighed(self, detection: DetectionT) -> DetectionT:
        """Give the detection as severe as it is beside what else is known of its source."""
        return weighed(detection, self.memory)

    def note(self, notice: Notice) -> Decision | None:
        """Take in a notice, such as a flood, decide about it and remember that; None if it needs no answer."""
        self.memory.note(notice)
        decision = decide_notice(notice, self.rules, self.memory)
        if decision is not None:
            self.memory.remember(decision, notice.time, scan=notice.id)
        return decision

    def pardon(self, source: Prefix, now: Timestamp) -> None:
        """Take in that an administrator lifts a ban: only a new scan brings it back."""
        self.memory.pardon(source, now)

    def lifted(self, source: Prefix) -> None:
        """Take in that a ban ended before its time, or that the firewall refused it."""
        self.memory.lifted(source)
