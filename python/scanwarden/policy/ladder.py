"""Remember who was banned, for how long, and how often: repeats cost more."""

from collections import OrderedDict

import msgspec

from scanwarden.model.address import Prefix
from scanwarden.model.detection import ScanId
from scanwarden.model.time import NS_PER_S, Timestamp

DEFAULT_MAX_SOURCES = 65_536
FORGET_AFTER_S = 30 * 86_400


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a source stands: its last ban, and how many bans on verified evidence it earned."""

    scan: ScanId | None
    until: Timestamp
    forgeable: bool
    steps: int


class Ladder:
    """The standings of at most `max_sources` sources.

    When it is full, the source that was banned longest ago is forgotten first and `evictions` counts it; a source that
    was not banned for 30 days starts again at the bottom.
    """

    def __init__(self, max_sources: int = DEFAULT_MAX_SOURCES) -> None:
        self.max_sources = max_sources
        self.evictions = 0
        self._standings: OrderedDict[bytes, Standing] = OrderedDict()

    def __len__(self) -> int:
        return len(self._standings)

    def step(self, source: Prefix, now: Timestamp) -> int:
        """Return how many rungs a source has climbed: 0 before its first ban on verified evidence."""
        standing = self._standings.get(source.key)
        if standing is None or now.seconds_since(standing.until) > FORGET_AFTER_S:
            return 0
        return standing.steps

    def in_force(self, source: Prefix, now: Timestamp) -> Standing | None:
        """Return the standing of a source whose ban has not ended; None otherwise."""
        standing = self._standings.get(source.key)
        return standing if standing is not None and standing.until > now else None

    def climb(self, source: Prefix, *, scan: ScanId | None, now: Timestamp, duration_s: int, forgeable: bool) -> None:
        """Remember a ban; only one on verified evidence goes a rung up."""
        steps = self.step(source, now) + (0 if forgeable else 1)
        until = Timestamp(now + duration_s * NS_PER_S)
        self.recall(source, Standing(scan=scan, until=until, forgeable=forgeable, steps=steps))

    def recall(self, source: Prefix, standing: Standing) -> None:
        """Take over where a source stood, from what an earlier run wrote down."""
        self._standings[source.key] = standing
        self._standings.move_to_end(source.key)
        if len(self._standings) > self.max_sources:
            self._standings.popitem(last=False)
            self.evictions += 1

    def lift(self, source: Prefix) -> None:
        """Forget a source whose ban was lifted or never came into force: it starts again at the bottom."""
        self._standings.pop(source.key, None)
