"""Ban with blackhole routes: our answers to the source vanish, its packets still arrive.

The weakest of the responders: connections of our own to the source fail as well, and established ones are cut. So it
takes only bans that are meant to cut everything. Routes know no timeout: `refresh` removes what has ended.
"""

import time
from collections.abc import Iterable, Sequence

import msgspec

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders import tooling
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, Traits

DEFAULT_MAX_BANS = 4096
DEFAULT_METRIC = 7226
# Who made a route (rtnetlink(7)): a number that no routing daemon of /etc/iproute2/rt_protos has.
PROTOCOL = "226"
_CUTS_ESTABLISHED = "a blackhole route would cut established connections, which must be spared"


class _Listed(msgspec.Struct):
    dst: str = ""


class RouteTool:
    """Drive our blackhole routes: those with our metric and our protocol number."""

    def __init__(self, *, metric: int) -> None:
        self.traits = Traits(name="route", has_timeouts=False)
        self._ours = ["metric", str(metric), "proto", PROTOCOL]

    def check(self) -> Sequence[Obstacle]:
        """Say whether iproute2 or the right to change routes is missing."""
        return tooling.missing_program("ip", "install iproute2") or tooling.missing_right()

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Refuse bans that must spare established connections, which a blackhole cannot."""
        return [_CUTS_ESTABLISHED if ban.spare_established else None for ban in bans]

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - routes cannot let anybody through first
        """Remove what an earlier run left and what does not run."""
        self._remove_others(running)

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Do nothing: the keeper refuses what is protected."""

    def put(self, bans: Sequence[Arming]) -> None:
        """Add the routes in one call for each family; one that is there is replaced."""
        self._batch(f"route replace blackhole {ban.source} {' '.join(self._ours)}" for ban in bans)

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Remove the routes that are there."""
        present = [source for source in sources if self.holds(source)]
        self._batch(f"route del blackhole {source} {' '.join(self._ours)}" for source in present)

    def holds(self, source: Prefix) -> bool:
        """Ask the kernel for this one route."""
        family = f"-{source.version}"
        shown = tooling.run(["ip", family, "route", "show", "exact", str(source), "type", "blackhole", *self._ours])
        return bool(shown.stdout.strip())

    def is_in_place(self) -> bool:
        """Return True: there is nothing beside the routes themselves."""
        return True

    def remove(self) -> None:
        """Remove all routes that are ours."""
        self._remove_others(())

    def _remove_others(self, kept: Sequence[Prefix]) -> None:
        """Remove our routes to others than those who are kept."""
        names = {str(source) for source in kept} | {str(source.address) for source in kept if source.is_single}
        for family in ("-4", "-6"):
            shown = tooling.run(["ip", "-j", family, "route", "show", "type", "blackhole", *self._ours])
            try:
                routes = msgspec.json.decode(shown.stdout.strip() or b"[]", type=list[_Listed])
            except msgspec.MsgspecError as error:
                raise ResponderError(f"iproute2 printed routes that are not understood: {error}") from error
            self._batch(
                f"route del blackhole {route.dst} {' '.join(self._ours)}" for route in routes if route.dst not in names
            )

    def close(self) -> None:
        """Do nothing: no process outlives its change."""

    def _batch(self, lines: Iterable[str]) -> None:
        commands = list(lines)
        for family in ("-4", "-6"):
            chosen = [line for line in commands if (":" in line) is (family == "-6")]
            if chosen:
                tooling.run(["ip", family, "-batch", "-"], stdin="\n".join(chosen) + "\n")


class RouteResponder(Keeper):
    """Ban with blackhole routes of this metric, at most `max_bans` at once."""

    def __init__(
        self,
        *,
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        metric: int = DEFAULT_METRIC,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        super().__init__(RouteTool(metric=metric), max_bans=max_bans, protected=protected, now_ns=now_ns)
