"""Write the text that `nft -f -` reads: our table, its sets and its rules, all or nothing."""

from collections.abc import Iterable, Sequence

from scanwarden.model.address import Prefix
from scanwarden.responders.nft_sets import renewed_sets
from scanwarden.responders.nftables.layout import CHAIN, GRADES, MAX_NETWORKS, TABLE, Change, Grade, is_network

_HERE = f"inet {TABLE}"
_V64_MASK = "ffff:ffff:ffff:ffff::"

# After connection tracking (-200), which `ct` needs; before DNAT (-100), so that published containers are covered.
_PRIORITY = -150

# A connection in these states is not one that both sides have agreed on.
_NOT_ESTABLISHED = "ct state { new, invalid, untracked }"


def setup(*, max_bans: int, protected: Iterable[Prefix], max_networks: int = MAX_NETWORKS) -> str:
    """Return one transaction that fills our table with what is missing and renews the rules; elements stay."""
    lines = []
    for family, kind in (("v4", "ipv4_addr"), ("v6", "ipv6_addr")):
        lines.append(f"add set {_HERE} protected_{family} {{ type {kind}; flags interval; }}")
        for grade in GRADES:
            lines.append(_set(f"{grade}_hosts_{family}", kind, "timeout", max_bans))
            # An interval is kept as two elements, its start and its end.
            lines.append(_set(f"{grade}_networks_{family}", kind, "interval, timeout", 2 * max_networks))
    lines.extend(_set(f"{grade}_slash64_v6", "ipv6_addr", "timeout", max_bans) for grade in GRADES)
    lines.append(f"add chain {_HERE} {CHAIN} {{ type filter hook prerouting priority {_PRIORITY}; policy accept; }}")
    lines.append(f"flush chain {_HERE} {CHAIN}")
    lines.extend(f"add rule {_HERE} {CHAIN} {rule}" for rule in rules())
    return "\n".join(lines) + "\n" + renewed_protection(protected)


def rules() -> list[str]:
    """Return the rules of our chain, in order.

    An `accept` here ends only our own chain; other tables still decide. Replies to connections of our own come first,
    so a ban never cuts off what this host asked for. Neighbour discovery (RFC 4861; hop limit 255 proves that it comes
    from the link) is untracked: without it, our own connections to a banned neighbour would die with its cache entry.
    """
    return [
        'iifname "lo" accept',
        "ct direction reply accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept",
        "ip saddr @protected_v4 accept",
        "ip6 saddr @protected_v6 accept",
        *_drops("verified", condition=""),
        *_drops("forgeable", condition=_NOT_ESTABLISHED + " "),
    ]


def renewed_protection(protected: Iterable[Prefix]) -> str:
    """Return one transaction that makes the protected sets hold exactly these disjoint networks."""
    return renewed_sets(_HERE, "protected", protected)


def creation() -> str:
    """Return what creates our table without flags; it fails on one that was made with them."""
    return f"add table {_HERE}\n"


def rehearsal(setup_text: str) -> str:
    """Return what `nft -c` can try whoever owns our table: the same under another name."""
    return (creation() + setup_text).replace(_HERE, f"{_HERE}_rehearsal")


def changes(wanted: Sequence[Change]) -> str:
    """Return one transaction of element changes."""
    lines = []
    for change in wanted:
        named = ", ".join(element(source) + _timeout(timeout_ms) for source, timeout_ms in change.elements)
        lines.append(f"{change.verb} element {_HERE} {change.set_name} {{ {named} }}")
    return "\n".join(lines) + "\n"


def element(source: Prefix) -> str:
    """Write a source as an element of its set: the key of a /64 is its first address."""
    return str(source) if is_network(source) else str(source.address)


def _timeout(timeout_ms: int) -> str:
    """Write a timeout in whole seconds, rounded up, which every nft understands."""
    return "" if timeout_ms == 0 else f" timeout {-(-timeout_ms // 1000)}s"


def _set(name: str, kind: str, flags: str, size: int) -> str:
    return f"add set {_HERE} {name} {{ type {kind}; flags {flags}; size {size}; }}"


def _drops(grade: Grade, *, condition: str) -> list[str]:
    return [
        f"ip saddr @{grade}_hosts_v4 {condition}counter drop",
        f"ip6 saddr @{grade}_hosts_v6 {condition}counter drop",
        f"ip6 saddr & {_V64_MASK} @{grade}_slash64_v6 {condition}counter drop",
        f"ip saddr @{grade}_networks_v4 {condition}counter drop",
        f"ip6 saddr @{grade}_networks_v6 {condition}counter drop",
    ]
