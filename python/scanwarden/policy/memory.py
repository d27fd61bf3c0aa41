"""Hold what decisions depend on besides the rules: earlier bans, budgets, floods and acquaintances."""

from collections import OrderedDict

from scanwarden.model.address import Address, Prefix
from scanwarden.model.decision import BanSource, Decision
from scanwarden.model.detection import Detection, ScanId
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp
from scanwarden.policy.budget import FloodWatch, MinuteBudget
from scanwarden.policy.guessers import Guessers
from scanwarden.policy.ladder import DEFAULT_MAX_SOURCES, Ladder
from scanwarden.policy.siblings import Siblings

ACQUAINTED_FOR_S = 86_400
DEFAULT_MAX_ACQUAINTANCES = 65_536
_LARGEST_BUDGET = 10_000


class Memory:
    """Everything `decide` looks up; it changes only through the methods here, with the packets' clock as argument."""

    def __init__(
        self, *, max_sources: int = DEFAULT_MAX_SOURCES, max_acquaintances: int = DEFAULT_MAX_ACQUAINTANCES
    ) -> None:
        self.ladder = Ladder(max_sources)
        self.siblings = Siblings()
        self.forgeable_bans = MinuteBudget(_LARGEST_BUDGET)
        self.flood = FloodWatch()
        self.guessers = Guessers()
        self._max_acquaintances = max_acquaintances
        self._met: OrderedDict[bytes, Timestamp] = OrderedDict()

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

    def meet(self, address: Address, now: Timestamp) -> None:
        """Take in that a source completed a handshake here; forgotten after 24 hours, the earliest met first."""
        self._met[address.key] = now
        self._met.move_to_end(address.key)
        if len(self._met) > self._max_acquaintances:
            self._met.popitem(last=False)

    def is_acquainted(self, address: Address, now: Timestamp) -> bool:
        """Say whether a source completed a handshake here within 24 hours."""
        met = self._met.get(address.key)
        return met is not None and now.seconds_since(met) <= ACQUAINTED_FOR_S

    def nats_outside_flood(self, detection: Detection) -> float:
        """Return the evidence of a detection without its contacts on what is being flooded."""
        flooded = sum(part.nats for part in detection.evidence.parts if self.flood.is_flooded(part.contact))
        return detection.evidence.nats - flooded
