"""Hold what decisions depend on besides the rules: earlier bans, pardons, budgets, floods and guessers."""

from scanwarden.model.address import Prefix
from scanwarden.model.decision import BanSource, Decision
from scanwarden.model.detection import Detection, ScanId
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp
from scanwarden.policy.budget import FloodWatch, MinuteBudget
from scanwarden.policy.guessers import Guessers
from scanwarden.policy.ladder import DEFAULT_MAX_SOURCES, Ladder
from scanwarden.policy.pardons import Pardons
from scanwarden.policy.siblings import Siblings

_LARGEST_BUDGET = 10_000


class Memory:
    """Everything `decide` looks up; it changes only through the methods here, with the packets' clock as argument."""

    def __init__(self, *, max_sources: int = DEFAULT_MAX_SOURCES) -> None:
        self.ladder = Ladder(max_sources)
        self.siblings = Siblings()
        self.forgeable_bans = MinuteBudget(_LARGEST_BUDGET)
        self.flood = FloodWatch()
        self.guessers = Guessers()
        self.pardons = Pardons()

    def remember(self, decision: Decision, now: Timestamp, *, scan: ScanId | None = None) -> None:
        """Take in a decision that was carried out, or would have been when only observing."""
        if not isinstance(decision, BanSource):
            return
        self.ladder.climb(
            decision.source, scan=scan, now=now, duration_s=decision.duration_s, forgeable=decision.forgeable
        )
        if decision.forgeable:
            self.forgeable_bans.spend(now)
        else:
            self.siblings.add(decision.source, now.plus(decision.duration_s))

    def pardon(self, source: Prefix, now: Timestamp) -> None:
        """Take in that somebody lifts a ban by hand: what the source did so far is no reason for another."""
        standing = self.ladder.in_force(source, now)
        self.pardons.add(source, standing.scan if standing is not None else None, now)
        self.lifted(source)

    def lifted(self, source: Prefix) -> None:
        """Take in that a ban was lifted, or that the firewall refused it."""
        self.ladder.lift(source)
        self.siblings.remove(source)

    def note(self, notice: Notice) -> None:
        """Take in a notice; only floods and the guessing of logins matter here."""
        if notice.kind == "login_guessing" and notice.source is not None and notice.source.address is not None:
            self.guessers.add(notice.source.address, notice.time)
        if notice.kind == "flood":
            contacts = frozenset(
                f"{kind}/{port} at {target.address}"
                for target in notice.targets
                for kind, ports in target.touched.items()
                for first, last in ports.ranges
                for port in range(first, min(last, first + 63) + 1)
            )
            self.flood.notice(notice.time, contacts)

    def nats_outside_flood(self, detection: Detection) -> float:
        """Return the evidence of a detection without its contacts on what is being flooded."""
        flooded = sum(part.nats for part in detection.evidence.parts if self.flood.is_flooded(part.contact))
        return detection.evidence.nats - flooded
