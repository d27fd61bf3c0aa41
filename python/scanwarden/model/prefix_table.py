"""Look up which network of a fixed list an address or network falls into."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping

from scanwarden.model.address import Address, Prefix, last_packed, network_key


class PrefixTable:
    """Networks, each with a label that says why it is listed; immutable.

    Keyed by packed bytes, so that crafted addresses cannot make look-ups slow. A look-up costs a bisection, which finds
    nothing for most addresses, and else one dictionary access per prefix length in use.
    """

    __slots__ = ("_labels", "_lengths", "_ranges", "_sorted")

    def __init__(self, labels: Mapping[Prefix, str] | Iterable[tuple[Prefix, str]] = ()) -> None:
        """Take networks with their labels; of a network listed twice the first label stays."""
        pairs = labels.items() if isinstance(labels, Mapping) else labels
        self._labels: dict[bytes, tuple[Prefix, str]] = {}
        for prefix, label in pairs:
            self._labels.setdefault(prefix.key, (prefix, label))
        self._lengths = {
            version: sorted({p.length for p, _ in self._labels.values() if p.version == version}, reverse=True)
            for version in (4, 6)
        }
        self._sorted = {
            version: sorted(p.packed for p, _ in self._labels.values() if p.version == version) for version in (4, 6)
        }
        self._ranges = {version: _ranges(p for p in self if p.version == version) for version in (4, 6)}

    def match(self, wanted: Address | Prefix) -> tuple[Prefix, str] | None:
        """Return the longest listed network that holds all of `wanted`, with its label; None if there is none."""
        firsts, lasts = self._ranges[wanted.version]
        at = bisect_right(firsts, wanted.packed)
        if not at or lasts[at - 1] < wanted.packed:
            return None
        longest = wanted.length if isinstance(wanted, Prefix) else wanted.bits
        packed = wanted.packed
        for length in self._lengths[wanted.version]:
            if length <= longest and (found := self._labels.get(network_key(packed, length))):
                return found
        return None

    def inside(self, network: Prefix) -> Prefix | None:
        """Return the lowest listed network that begins inside `network`; None if there is none."""
        packed = self._sorted[network.version]
        position = bisect_left(packed, network.packed)
        if position == len(packed) or not network.contains(Address(packed[position])):
            return None
        return next(p for p, _ in self._labels.values() if p.packed == packed[position])

    def overlap(self, network: Prefix) -> tuple[Prefix, str] | None:
        """Return a listed network that shares an address with `network`, with its label; None if there is none."""
        if (found := self.match(network)) or network.is_single:
            return found
        within = self.inside(network)
        return None if within is None else self._labels[within.key]

    def merged(self) -> list[Prefix]:
        """Return the same addresses as few, disjoint networks, in ascending order."""
        stack: list[Prefix] = []
        for prefix in sorted(self):
            if stack and stack[-1].contains(prefix):
                continue
            stack.append(prefix)
            while len(stack) > 1 and (parent := _parent_of_halves(stack[-2], stack[-1])):
                stack[-2:] = [parent]
        return stack

    def with_added(self, labels: Mapping[Prefix, str]) -> "PrefixTable":
        """Return a table that lists these networks as well."""
        return PrefixTable([*self._labels.values(), *labels.items()])

    def label(self, prefix: Prefix) -> str | None:
        """Return why exactly this network is listed; None if it is not."""
        found = self._labels.get(prefix.key)
        return None if found is None else found[1]

    def __iter__(self) -> Iterator[Prefix]:
        return (prefix for prefix, _ in self._labels.values())

    def __len__(self) -> int:
        return len(self._labels)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrefixTable) and self._labels == other._labels

    def __hash__(self) -> int:
        return hash(frozenset(self._labels))


def _ranges(networks: Iterable[Prefix]) -> tuple[list[bytes], list[bytes]]:
    """Return the first and the last addresses of the outermost of these networks, in ascending order."""
    firsts: list[bytes] = []
    lasts: list[bytes] = []
    for packed, length in sorted((network.packed, network.length) for network in networks):
        if not lasts or packed > lasts[-1]:
            firsts.append(packed)
            lasts.append(last_packed(packed, length))
    return firsts, lasts


def _parent_of_halves(low: Prefix, high: Prefix) -> Prefix | None:
    """Return the network of which these two are exactly the halves."""
    if low.version != high.version or low.length != high.length or low.length == 0 or low == high:
        return None
    parent = Prefix.around(low.packed, low.length - 1)
    return parent if parent.contains(high) else None
