"""Say where in the table a ban goes: which set, under which key."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from scanwarden.model.address import Prefix

TABLE: Final = "scanwarden"
CHAIN: Final = "prerouting"
MAX_NETWORKS: Final = 4096
_IPV6_CUSTOMER_BITS: Final = 64

Grade = Literal["forgeable", "verified"]
Verb = Literal["add", "create", "delete"]
GRADES: Final[tuple[Grade, ...]] = ("verified", "forgeable")


class Change(msgspec.Struct, frozen=True):
    """Sources to add to or delete from one set, with timeouts in milliseconds, 0 for none.

    "create" adds like "add", and makes the transaction fail if the element is there.
    """

    verb: Verb
    set_name: str
    elements: Sequence[tuple[Prefix, int]]


def grade_of(*, spare_established: bool) -> Grade:
    """Return the grade whose rules treat established connections as asked."""
    return "forgeable" if spare_established else "verified"


def is_network(source: Prefix) -> bool:
    """Say whether `source` needs an interval set: it is neither a host nor the /64 that an IPv6 customer gets."""
    return not source.is_single and (source.version, source.length) != (6, _IPV6_CUSTOMER_BITS)


def set_of(source: Prefix, grade: Grade) -> str:
    """Return the name of the set in which `source` is banned in `grade`.

    Hosts and /64 networks have hash sets of their own: a hash look-up costs half of an interval look-up, and adding an
    element never makes the kernel or nft read the whole set.
    """
    shape = "hosts" if source.is_single else "networks" if is_network(source) else "slash64"
    return f"{grade}_{shape}_v{source.version}"
