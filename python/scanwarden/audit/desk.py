"""Follow surveys: tell each new difference from what is expected once, and remember what scanners learnt."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from scanwarden.audit.baseline import Drift, drift, is_exposed
from scanwarden.audit.learnt import WEEK_NS, Learnt, join, sentences
from scanwarden.audit.openings import Survey
from scanwarden.config.allow import ExpectedPort
from scanwarden.model.address import Address
from scanwarden.model.notice import Notice
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store import Reader

SENSOR = "audit"
MAX_NOTICES = 20  # of one survey
# Programs that ask over UDP hold such a port for a moment, which is no service (ip_local_port_range's default).
EPHEMERAL = range(32_768, 61_000)
SETTLED_NS = 60 * NS_PER_S


class AuditView(Struct, frozen=True, kw_only=True):
    """What the audit knows at a moment, for those who ask the service."""

    survey: Survey | None
    drift: tuple[Drift, ...]
    learnt: tuple[Learnt, ...]
    sentences: tuple[str, ...]


class AuditDesk:
    """The audit's memory in a running service. Bounded: one survey, its differences, 1,024 learnt ports."""

    def __init__(self, tell: Callable[[Notice], None], expected: Callable[[], Sequence[ExpectedPort]]) -> None:
        self._tell = tell
        self._expected = expected
        self._since: dict[str, int] = {}
        self._told: set[str] = set()
        self._has_proposed = False
        self._judged_by: Sequence[ExpectedPort] = ()
        self.survey: Survey | None = None
        self.drift: tuple[Drift, ...] = ()
        self.learnt: tuple[Learnt, ...] = ()

    def take(self, survey: Survey, *, now: Timestamp) -> None:
        """Compare a survey with what is expected, and tell what is new."""
        self.survey = survey
        expected = self._judged_by = self._expected()
        if not expected:
            self._propose(survey, now)
            self.drift, self._since, self._told = (), {}, set()
            return
        found = drift(survey.openings, expected)
        self._since = {one.key: self._since.get(one.key, int(now)) for one in found}
        self.drift = tuple(one for one in found if self._is_settled(one, now))
        fresh = [one for one in self.drift if one.key not in self._told]
        # What has gone may come back, and is told again then.
        self._told = {one.key for one in self.drift}
        for one in fresh[:MAX_NOTICES]:
            self._notice("audit_drift", _told(one), now)
        if len(fresh) > MAX_NOTICES:
            self._notice("audit_drift", f"and {len(fresh) - MAX_NOTICES} more differences from [audit] expected", now)

    def reconsider(self, *, now: Timestamp) -> bool:
        """Judge the last survey anew if what is expected has changed since; say whether it had."""
        if self.survey is None or self._expected() == self._judged_by:
            return False
        self.take(self.survey, now=now)
        return True

    def is_meant(self, notice: Notice) -> bool:
        """Say whether a notice that a learnt port was used is about a port that is meant to be used so."""
        if notice.kind != "learnt_then_used" or notice.source is None or notice.source.address is None:
            return False
        address = notice.source.address
        return all(
            any(_is_expected(entry, kind, port, address) for entry in self._expected())
            for target in notice.targets
            for kind, ports in target.touched.items()
            for port in ports
        )

    def _is_settled(self, one: Drift, now: Timestamp) -> bool:
        is_passing = one.protocol == "udp" and one.port in EPHEMERAL
        return not is_passing or int(now) - self._since[one.key] >= SETTLED_NS

    def _propose(self, survey: Survey, now: Timestamp) -> None:
        if self._has_proposed:
            return
        self._has_proposed = True
        ports = {(one.protocol, reach.port) for one in survey.openings for reach in filter(is_exposed, one.reaches)}
        text = f"{len(ports)} ports can be reached from outside, and [audit] expected is empty"
        self._notice("audit_baseline", f"{text}; scanwarden audit proposes what to write there", now)

    def look_up(self, reader: Reader, *, now: Timestamp) -> None:
        """Read what scanners learnt in the last week; raises StoreError."""
        self.learnt = tuple(join(reader.learnt(int(now) - WEEK_NS, int(now)), self._expected()))

    def sentences(self) -> tuple[str, ...]:
        """Say what an administrator should hear: differences, then what was learnt."""
        told = sentences(self.learnt, has_baseline=bool(self._expected()))
        return (*(one.text for one in self.drift[:MAX_NOTICES]), *told)

    def view(self) -> AuditView:
        """Give everything."""
        return AuditView(survey=self.survey, drift=self.drift, learnt=self.learnt, sentences=self.sentences())

    def metrics(self, *, now: Timestamp) -> dict[str, float]:
        """Count; the names are always the same."""
        openings = self.survey.openings if self.survey is not None else ()
        age_s = (int(now) - self.survey.time_ns) / NS_PER_S if self.survey is not None else 0.0
        return {
            "audit_openings": len(openings),
            "audit_reachable": sum(one.state != "blocked" for one in openings),
            "audit_drift": len(self.drift),
            "audit_learnt_unexpected": sum(not one.is_expected for one in self.learnt),
            "audit_age_seconds": age_s,
        }

    def _notice(self, kind: str, text: str, now: Timestamp) -> None:
        self._tell(Notice(time=now, kind=kind, text=text, sensor=SENSOR))


def _told(one: Drift) -> str:
    if one.kind == "missing":
        return one.text
    return f"{one.text}; scanwarden audit advice {one.port}/{one.protocol} says how to close it"


def _is_expected(entry: ExpectedPort, protocol: str, port: int, source: Address) -> bool:
    is_meant = entry.source is None or entry.source.contains(source)
    return entry.protocol == protocol and port in entry.ports and is_meant
