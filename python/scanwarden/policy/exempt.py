"""Say who is never banned, and why: what the host needs, and whom the operator allows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from scanwarden.model.address import Address, Prefix
from scanwarden.model.detection import Target
from scanwarden.model.ports import Ports
from scanwarden.model.prefix_table import PrefixTable

# Addresses that are nobody's to ban (RFC 6890, RFC 5771, RFC 4291 2.7).
NOBODYS: Mapping[Prefix, str] = {
    Prefix.parse("0.0.0.0/8"): "unspecified",
    Prefix.parse("127.0.0.0/8"): "loopback",
    Prefix.parse("224.0.0.0/4"): "multicast",
    Prefix.parse("255.255.255.255/32"): "broadcast",
    Prefix.parse("::/128"): "unspecified",
    Prefix.parse("::1/128"): "loopback",
    Prefix.parse("ff00::/8"): "multicast",
}


class ProtectedSet:
    """Networks that must never be banned because the host itself needs them; immutable.

    `labels` says of each why it is needed, such as "gateway of eth0". Loopback, unspecified, multicast and broadcast
    addresses are always among them.
    """

    __slots__ = ("table",)

    def __init__(self, labels: Mapping[Prefix, str] | None = None) -> None:
        self.table = PrefixTable(NOBODYS).with_added(labels or {})

    def reason(self, source: Address | Prefix) -> str | None:
        """Say why a source is protected, naming the network; None if it is not."""
        found = self.table.match(source)
        return None if found is None else f"protected: {found[1]} ({found[0]})"

    def touches(self, network: Prefix) -> bool:
        """Say whether a network shares an address with anything protected."""
        return self.table.overlap(network) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProtectedSet) and self.table == other.table

    def __hash__(self) -> int:
        return hash(self.table)


class Allowlist:
    """Networks that the operator never wants banned, everywhere or only while they touch some ports; immutable.

    `entries` gives each network with the ports that it may touch; None means all. Host names are resolved by the
    caller, who builds a new list when they change.
    """

    __slots__ = ("_entries", "_limited", "_unlimited")

    def __init__(self, entries: Iterable[tuple[Prefix, Ports | None]] = ()) -> None:
        self._entries = tuple(entries)
        self._unlimited = PrefixTable([(network, "") for network, ports in self._entries if ports is None])
        self._limited: Sequence[tuple[Prefix, Ports]] = [(n, ports) for n, ports in self._entries if ports is not None]

    def match(self, source: Address | Prefix, targets: Iterable[Target] = ()) -> str | None:
        """Return the entry that allows a source that touched `targets`, as text; None if none does."""
        if found := self._unlimited.match(source):
            return str(found[0])
        for network, ports in self._limited:
            if network.contains(source) and _touches_only(targets, ports):
                return f"{network} ports {ports}"
        return None

    @property
    def unlimited(self) -> Iterator[Prefix]:
        """Yield the networks that are allowed everywhere; the firewall itself may know these."""
        return iter(self._unlimited)

    def with_added(self, networks: Iterable[Prefix]) -> "Allowlist":
        """Return a list that allows these networks everywhere as well."""
        return Allowlist([*self._entries, *((network, None) for network in networks)])

    def touches(self, network: Prefix) -> bool:
        """Say whether a network shares an address with anybody who is allowed everywhere."""
        return self._unlimited.overlap(network) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Allowlist) and self._entries == other._entries

    def __hash__(self) -> int:
        return hash(self._entries)


def _touches_only(targets: Iterable[Target], ports: Ports) -> bool:
    """Say whether everything that was probed is one of these TCP or UDP ports."""
    touched = [(kind, numbers) for target in targets for kind, numbers in target.touched.items()]
    return bool(touched) and all(
        kind in ("tcp", "udp") and all(_covers(ports, first, last) for first, last in numbers.ranges)
        for kind, numbers in touched
    )


def _covers(ports: Ports, first: int, last: int) -> bool:
    return any(low <= first and last <= high for low, high in ports.ranges)
