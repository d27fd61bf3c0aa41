"""Keep sets of whole numbers as ranges: ports, marks, or the addresses of one family."""

import ipaddress
from collections.abc import Iterable
from typing import Self

_BITS = {4: 32, 6: 128}


class Spans:
    """An immutable set of whole numbers, kept as ascending ranges that neither overlap nor touch."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        """Take first and last number of each range, in any order; a range that ends before it begins is empty."""
        joined: list[tuple[int, int]] = []
        for first, last in sorted(ranges):
            if last < first:
                continue
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        self.ranges = tuple(joined)

    @classmethod
    def one(cls, number: int) -> Self:
        """Give the set of one number."""
        return cls([(number, number)])

    @classmethod
    def network(cls, text: str) -> Self:
        """Give the addresses of a network such as `192.0.2.0/24`, host bits ignored; raise ValueError."""
        parsed = ipaddress.ip_network(text, strict=False)
        return cls([(int(parsed.network_address), int(parsed.broadcast_address))])

    def __or__(self, other: "Spans") -> "Spans":
        return Spans((*self.ranges, *other.ranges))

    def __and__(self, other: "Spans") -> "Spans":
        found: list[tuple[int, int]] = []
        left, right = list(self.ranges), list(other.ranges)
        while left and right:
            first, last = max(left[0][0], right[0][0]), min(left[0][1], right[0][1])
            if first <= last:
                found.append((first, last))
            (left if left[0][1] < right[0][1] else right).pop(0)
        return Spans(found)

    def __sub__(self, other: "Spans") -> "Spans":
        if not self.ranges or not other.ranges:
            return self
        highest = self.ranges[-1][1]
        gaps: list[tuple[int, int]] = []
        at = self.ranges[0][0]
        for first, last in other.ranges:
            gaps.append((at, first - 1))
            at = max(at, last + 1)
        gaps.append((at, highest))
        return self & Spans(gaps)

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(first <= number <= last for first, last in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spans) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(self.ranges)

    def __repr__(self) -> str:
        return f"Spans({self.ranges!r})"

    @property
    def size(self) -> int:
        """Count the numbers."""
        return sum(last - first + 1 for first, last in self.ranges)


def network_texts(addresses: Spans, version: int, *, limit: int) -> list[str]:
    """Write addresses as networks, at most `limit` of them; a range that is no network is written `first-last`."""
    found: list[str] = []
    for first, last in addresses.ranges:
        if len(found) == limit:
            break
        low, high = _address(first, version), _address(last, version)
        networks = ipaddress.summarize_address_range(low, high)
        several = [str(network) for network, _ in zip(networks, range(2), strict=False)]
        found.append(_short(several[0], version) if len(several) == 1 else f"{low}-{high}")
    return found


def everybody(version: int) -> Spans:
    """Give the addresses from which a host outside may send (unicast; RFC 6890 and RFC 4291 leave the rest out)."""
    if version == 4:
        return Spans.network("0.0.0.0/0") - (
            Spans.network("0.0.0.0/8") | Spans.network("127.0.0.0/8") | Spans.network("224.0.0.0/3")
        )
    return Spans.network("2000::/3") | Spans.network("fc00::/7")


def _address(number: int, version: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number)


def _short(network: str, version: int) -> str:
    """Write a single address without its length."""
    return network.removesuffix(f"/{_BITS[version]}")
