"""Set the tripwire, follow what it needs to know, and ask whom it cut off."""

from collections.abc import Iterable, Sequence

import msgspec

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders import tooling
from scanwarden.responders.contract import Obstacle
from scanwarden.responders.nft_sets import renewed_sets
from scanwarden.responders.nftables_tripwire.listing import counters_in, elements_in
from scanwarden.responders.nftables_tripwire.ruleset import (
    FAMILIES,
    TABLE,
    TripwireRules,
    drop_rules,
    knock_rules,
    lifting,
    opened,
    setup,
)

_INSTALL = "install nftables: `apt install nftables` or `dnf install nftables`"


class TripwireCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Count packets since the wire was set.

    `knocks` are new pairs of source and closed port, of which `passed` were not counted because a set was full;
    `dropped` packets came from tripped sources.
    """

    knocks: int
    passed: int
    dropped: int


class NftablesTripwire:
    """Drive the table `inet scanwarden_tripwire`. Every method raises ResponderError when nft does not do its work."""

    def __init__(
        self, rules: TripwireRules | None = None, *, protected: PrefixTable | None = None, nft: str = "nft"
    ) -> None:
        self._rules = rules or TripwireRules()
        self._protected = protected or PrefixTable()
        self._nft = nft
        self._open_ports = Ports()

    def check(self) -> Sequence[Obstacle]:
        """Say what the host lacks; changes nothing."""
        if obstacles := tooling.missing_program(self._nft, _INSTALL) or tooling.missing_right():
            return obstacles
        try:
            tooling.run([self._nft, "-c", "-f", "-"], stdin=setup(self._rules))
        except ResponderError as error:
            return [
                Obstacle(lacks=f"what the tripwire needs: {error.message}", remedy="update nftables and the kernel")
            ]
        return []

    def set_up(self, open_ports: Ports) -> None:
        """Set the wire with the ports that somebody listens on; setting it again forgets who was tripped."""
        script = setup(self._rules) + renewed_sets(TABLE, "protected", self._protected.merged()) + opened(open_ports)
        tooling.run([self._nft, "-f", "-"], stdin=script)
        self._open_ports = open_ports

    def protect_from_start(self, protected: PrefixTable) -> None:
        """Never trip on these when the wire is set next."""
        self._protected = protected

    def protect(self, protected: PrefixTable) -> None:
        """Never trip on these from now on."""
        tooling.run([self._nft, "-f", "-"], stdin=renewed_sets(TABLE, "protected", protected.merged()))
        self._protected = protected

    def listen(self, open_ports: Ports) -> bool:
        """Follow the ports that somebody listens on; False if they were known. Costs nothing when they were."""
        if open_ports == self._open_ports:
            return False
        tooling.run([self._nft, "-f", "-"], stdin=opened(open_ports))
        self._open_ports = open_ports
        return True

    def tripped(self) -> list[Prefix]:
        """Return who is cut off now, at most 4,096 of each family."""
        return [source for family, _, _ in FAMILIES for source in self._elements(f"tripped_{family}")]

    def lift(self, sources: Iterable[Prefix]) -> None:
        """Let sources in again that the detector does not find guilty, and do not trip on them for a minute."""
        if script := lifting(sources):
            tooling.run([self._nft, "-f", "-"], stdin=script)

    def counts(self) -> TripwireCounts:
        """Return what was counted since the wire was set."""
        printed = tooling.run([self._nft, "-j", "list", "counters", "table", *TABLE.split()]).stdout
        packets = {counter.name: counter.packets for counter in counters_in(printed)}
        knocks = packets.get("knocks", 0)
        return TripwireCounts(
            knocks=knocks, passed=max(0, knocks - packets.get("counted", 0)), dropped=packets.get("dropped", 0)
        )

    def is_intact(self) -> bool:
        """Say whether the wire is still set."""
        lengths = []
        for chain in ("drops", "knocks"):
            completed = tooling.run([self._nft, "-j", "list", "chain", *TABLE.split(), chain], check=False)
            lengths.append(completed.stdout.count(b'"rule":') if completed.returncode == 0 else 0)
        return lengths == [len(drop_rules(self._rules)), len(knock_rules(self._rules))]

    def cleanup(self) -> None:
        """Take the wire away; no error when it is not there."""
        tooling.run([self._nft, "-f", "-"], stdin=f"add table {TABLE}\ndelete table {TABLE}\n")

    def _elements(self, name: str) -> list[Prefix]:
        printed = tooling.run([self._nft, "-j", "list", "set", *TABLE.split(), name]).stdout
        return [Prefix.parse(element) for element in elements_in(printed)]
