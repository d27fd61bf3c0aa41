"""State what every responder promises, whatever firewall is behind it.

The promises, checked for each responder by the same tests:

- a ban that `ban` reports as in force is in force: the tool has acknowledged it;
- every ban ends by itself after its duration, even if this program is dead by then; where a tool knows no timeouts
  (hosts.deny, routes, commands), `refresh` lifts what has ended, and the next run what a dead one left;
- banning again restarts the clock with the new duration;
- nothing protected is ever banned, and becoming protected lifts a ban;
- `cleanup` leaves nothing behind, and removes nothing that is not ours.

Times that end bans are monotonic nanoseconds (CLOCK_MONOTONIC), so that a stepped wall clock moves no ban.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable

MonotonicClock = Callable[[], int]


class Obstacle(msgspec.Struct, frozen=True, kw_only=True):
    """Something this host lacks, and how to get it; both are sentences for the user."""

    lacks: str
    remedy: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A ban that was not made although the tool works, and why."""

    ban: Ban
    reason: str


class BanReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch: every ban of it is in exactly one of `in_force` and `refused`.

    `evicted` names older bans that gave way because a table was full.
    """

    in_force: tuple[Ban, ...] = ()
    refused: tuple[Refusal, ...] = ()
    evicted: tuple[Prefix, ...] = ()


class Responder(Protocol):
    """Drive one firewall. Calls block; none is safe to make from two threads at once."""

    @property
    def name(self) -> str:
        """Return the name by which settings and records know this responder."""
        ...

    @property
    def has_timeouts(self) -> bool:
        """Say whether bans end without us; otherwise `refresh` ends them."""
        ...

    def check(self) -> Sequence[Obstacle]:
        """Say what the host lacks for this responder to work; empty when nothing is missing. Changes nothing."""
        ...

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Say of each ban why this tool cannot make it as it was meant; None if it can. Changes nothing."""
        ...

    def prepare(self) -> None:
        """Bring the firewall into shape, keeping the bans that are in force; calling it again repairs.

        Raises ResponderError.
        """
        ...

    def protect(self, protected: PrefixTable) -> Sequence[Prefix]:
        """Never ban these from now on; lift the bans that touch them, and return those. Raises ResponderError."""
        ...

    def ban(self, batch: Sequence[Ban]) -> BanReceipt:
        """Refuse these sources; banning again restarts the clock.

        Raises BanError when the tool failed: then what was not in force before is not in force now.
        """
        ...

    def unban(self, batch: Sequence[Prefix]) -> Sequence[Prefix]:
        """Welcome these sources again and return those that had been banned. Raises BanError."""
        ...

    def is_in_force(self, source: Prefix) -> bool:
        """Ask the tool, not our memory, whether a ban of exactly this source holds. Raises ResponderError."""
        ...

    def is_intact(self) -> bool:
        """Say whether everything that makes bans work is still in place; False means `prepare` is due."""
        ...

    def refresh(self) -> int:
        """Lift what has ended where the tool does not, re-arm long bans and return their number; call every second."""
        ...

    @property
    def active_count(self) -> int:
        """Return how many bans this responder made that have not ended."""
        ...

    def cleanup(self) -> None:
        """Remove everything of ours; succeeds when nothing is there. Raises ResponderError."""
        ...

    def close(self) -> None:
        """Give back what this object holds open and leave the bans in force, for a later run to take over."""
        ...
