"""State what one firewall has to be able to do; the keeper knows the rest: time, limits, what gives way."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.detection import ScanId
from scanwarden.responders.contract import Obstacle


class ObjectionError(ResponderError):
    """Report that a tool refuses some bans of a call, which may be made without them.

    `reasons` has one for each ban of the call, in order; None for those to which nothing is wrong.
    """

    def __init__(self, reasons: Sequence[str | None]) -> None:
        super().__init__(next(filter(None, reasons), "refused without a reason"))
        self.reasons = tuple(reasons)


class Arming(msgspec.Struct, frozen=True, gc=False):
    """A ban to put into the firewall for `timeout_ms`.

    `is_restart`: it runs already, as far as we know; `is_regraded`: and treats established connections otherwise.
    """

    source: Prefix
    timeout_ms: int
    spare_established: bool
    is_restart: bool = False
    is_regraded: bool = False
    scan: ScanId | None = None
    reason: str = ""


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What the keeper must know of a tool.

    `has_timeouts`: bans end without us. `max_per_call`: how many bans go into one call. `max_networks` bounds bans that
    are neither hosts nor, if `is_slash64_host`, IPv6 /64 networks; unless `may_overlap`, those must be disjoint.
    """

    name: str
    has_timeouts: bool = True
    max_per_call: int = 5000
    max_networks: int = 4096
    is_slash64_host: bool = False
    may_overlap: bool = True

    def is_network(self, source: Prefix) -> bool:
        """Say whether a source counts as a network for this tool."""
        return not source.is_single and not (self.is_slash64_host and (source.version, source.length) == (6, 64))


class Tool(Protocol):
    """One firewall. Every method raises ResponderError when the firewall does not do what is asked."""

    @property
    def traits(self) -> Traits:
        """Return what the keeper must know."""
        ...

    def check(self) -> Sequence[Obstacle]:
        """Say what the host lacks; changes nothing."""
        ...

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Say of each ban why this tool cannot make it as it was meant; None if it can, or if `put` will tell."""
        ...

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:
        """Create or repair our part of the firewall; `protected` are disjoint networks that it lets through first.

        A tool without timeouts lifts everything else than the bans of `running`, which are put in again next.
        """
        ...

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Let exactly these disjoint networks through first, if the tool can."""
        ...

    def put(self, bans: Sequence[Arming]) -> None:
        """Put bans in, restarting those that are there; all of them, or an error.

        ObjectionError says which of them alone cannot be put in.
        """
        ...

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Take bans out; those that are not there are no error."""
        ...

    def holds(self, source: Prefix) -> bool:
        """Ask the firewall whether a ban of exactly this source is there."""
        ...

    def is_in_place(self) -> bool:
        """Say whether our part of the firewall is there and effective."""
        ...

    def remove(self) -> None:
        """Remove our part of the firewall, and nothing else; no error when it is not there."""
        ...

    def close(self) -> None:
        """Give back what is held open."""
        ...
