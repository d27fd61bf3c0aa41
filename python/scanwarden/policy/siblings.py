"""Count banned neighbours of IPv6 networks, so that a source that changes its /64 is banned as a whole."""

from collections import OrderedDict
from collections.abc import Sequence

from scanwarden.model.address import Prefix
from scanwarden.model.time import Timestamp

# The networks that providers give to one customer (RFC 6177): /64, /56, /48.
STEPS: Sequence[int] = (64, 56, 48)
MAX_PARENTS = 4096
MAX_CHILDREN = 256


class Siblings:
    """Banned IPv6 networks by the network around them.

    Holds at most 4,096 parents with 256 children each; the parent that changed longest ago is forgotten first.
    """

    def __init__(self, max_parents: int = MAX_PARENTS) -> None:
        self._max_parents = max_parents
        self._children: OrderedDict[bytes, dict[bytes, Timestamp]] = OrderedDict()

    def add(self, banned: Prefix, until: Timestamp) -> None:
        """Take in a ban of one of the stepwise networks; others are ignored."""
        parent = parent_of(banned)
        if parent is None:
            return
        children = self._children.setdefault(parent.key, {})
        self._children.move_to_end(parent.key)
        if banned.key in children or len(children) < MAX_CHILDREN:
            children[banned.key] = until
        if len(self._children) > self._max_parents:
            self._children.popitem(last=False)

    def remove(self, banned: Prefix) -> None:
        """Take in that a ban was lifted."""
        parent = parent_of(banned)
        if parent is not None:
            self._children.get(parent.key, {}).pop(banned.key, None)

    def banned_beside(self, source: Prefix, parent: Prefix, now: Timestamp) -> int:
        """Return how many neighbours of `source` below `parent` are banned now."""
        children = self._children.get(parent.key, {})
        return sum(until > now for key, until in children.items() if key != source.key)


def parent_of(network: Prefix) -> Prefix | None:
    """Return the next wider stepwise network around a /64 or /56; None for any other."""
    if network.version == 4 or network.length not in STEPS[:-1]:
        return None
    return Prefix.around(network.packed, STEPS[STEPS.index(network.length) + 1])
