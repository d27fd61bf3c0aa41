"""Write the tripwire's table as nft reads it."""

from collections.abc import Iterable

import msgspec

from scanwarden.model.address import Prefix
from scanwarden.model.ports import Ports

TABLE = "inet scanwarden_tripwire"
MAX_TRIPPED = 4096
_PAIR_S = 60
_ACQUAINTED_S = 86_400
# A lifted source is not tripped again for what it did meanwhile.
_LIFTED_S = 60
# Ports that one client tries in turn for one purpose, as a mail program does that knows only a host's name (RFC 6186):
# of each purpose only the first counts, as with the detector.
_PURPOSES = {
    "mail": "25, 110, 143, 465, 587, 993, 995",
    "web": "80, 443, 8080, 8443",
    "files": "139, 445",
    "printing": "515, 631, 9100",
}
FAMILIES = (("v4", "ip", "ipv4_addr"), ("v6", "ip6", "ipv6_addr"))


class TripwireRules(msgspec.Struct, frozen=True, kw_only=True):
    """When the wire trips: after `ports` distinct closed ports, `per_second` more are forgiven each second.

    `hold_s` is how long a source stays cut off after its last packet, `capacity` bounds the pairs and sources counted.
    Four closed ports of different purposes open a scan: so the detector has spoken when the wire trips.
    """

    ports: int = 4
    per_second: int = 1
    hold_s: int = 30
    capacity: int = 65_536


def setup(rules: TripwireRules) -> str:
    """Return one transaction that replaces the whole table."""
    lines = [f"add table {TABLE}", f"delete table {TABLE}", f"add table {TABLE}"]
    lines += [f"add counter {TABLE} {name}" for name in ("knocks", "counted", "dropped")]
    lines.append(f"add set {TABLE} open_tcp {{ type inet_service; flags interval; }}")
    for family, _, kind in FAMILIES:
        lines += [
            f"add set {TABLE} protected_{family} {{ type {kind}; flags interval; }}",
            _dynamic(f"acquainted_{family}", kind, rules.capacity, _ACQUAINTED_S),
            _dynamic(f"pairs_{family}", f"{kind} . inet_service", rules.capacity, _PAIR_S),
            _dynamic(f"suspects_{family}", kind, rules.capacity, _PAIR_S),
            *(_dynamic(f"{purpose}_{family}", kind, rules.capacity, _PAIR_S) for purpose in _PURPOSES),
            _dynamic(f"tripped_{family}", kind, MAX_TRIPPED, rules.hold_s),
        ]
    # Just before the bans (-150), and in the input hook before anybody else's filter.
    lines.append(f"add chain {TABLE} drops {{ type filter hook prerouting priority -151; policy accept; }}")
    lines.append(f"add chain {TABLE} knocks {{ type filter hook input priority -10; policy accept; }}")
    lines += [f"add rule {TABLE} drops {rule}" for rule in drop_rules(rules)]
    lines += [f"add rule {TABLE} knocks {rule}" for rule in knock_rules(rules)]
    return "\n".join(lines) + "\n"


def drop_rules(rules: TripwireRules) -> list[str]:
    """Return the rules that drop tripped sources, except what belongs to an established connection."""
    hold = f"timeout {rules.hold_s}s"
    return [
        'iifname "lo" accept',
        "ct direction reply accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept",
        *(f"{ip} saddr @{kind}_{family} accept" for kind in ("protected", "acquainted") for family, ip, _ in FAMILIES),
        *(
            f"{ip} saddr @tripped_{family} ct state {{ new, invalid, untracked }} "
            f"update @tripped_{family} {{ {ip} saddr {hold} }} counter name dropped drop"
            for family, ip, _ in FAMILIES
        ),
    ]


def knock_rules(rules: TripwireRules) -> list[str]:
    """Return the rules that make acquaintances and count knocks on closed ports."""
    limit = f"limit rate over {rules.per_second}/second burst {rules.ports} packets"
    return [
        'iifname "lo" accept',
        "ct direction reply accept",
        # Data over a connection that both sides agreed on cannot be forged: it acknowledges our sequence number.
        *(
            f"ct state established tcp flags & (syn | psh) == psh "
            f"add @acquainted_{family} {{ {ip} saddr timeout {_ACQUAINTED_S}s }} accept"
            for family, ip, _ in FAMILIES
        ),
        "ct state established,related accept",
        "ct status dnat accept",
        *(f"{ip} saddr @{kind}_{family} accept" for kind in ("protected", "acquainted") for family, ip, _ in FAMILIES),
        # Every segment of a real connection but the first has ACK (RFC 9293 3.5); answers to forged packets have ACK
        # or RST, and are not knocks.
        "meta l4proto != tcp accept",
        "tcp flags & (ack | rst) != 0x0 accept",
        "tcp dport @open_tcp accept",
        "fib daddr type != local accept",
        *(rule for family, ip, _ in FAMILIES for rule in _first_of_each_purpose(family, ip)),
        *(rule for family, ip, _ in FAMILIES for rule in _counting(family, ip, limit, rules)),
    ]


def opened(ports: Ports) -> str:
    """Return one transaction that makes these the ports that somebody listens on."""
    flush = f"flush set {TABLE} open_tcp\n"
    return flush if not ports else f"{flush}add element {TABLE} open_tcp {{ {str(ports).replace(',', ', ')} }}\n"


def lifting(sources: Iterable[Prefix]) -> str:
    """Return one transaction that lets sources in again, and keeps them from tripping for a minute; empty for none."""
    lines = []
    for source in sources:
        name = str(source.address)
        tripped, acquainted = f"{TABLE} tripped_v{source.version}", f"{TABLE} acquainted_v{source.version}"
        # Adding first makes the deletion of what has just expired succeed.
        lines += [f"add element {tripped} {{ {name} timeout 1s }}", f"delete element {tripped} {{ {name} }}"]
        lines.append(f"add element {acquainted} {{ {name} timeout {_LIFTED_S}s }}")
    return "".join(f"{line}\n" for line in lines)


def _first_of_each_purpose(family: str, ip: str) -> list[str]:
    """Return the rules that let a source's further ports of one purpose pass without being counted, for a minute."""
    return [
        rule
        for purpose, ports in _PURPOSES.items()
        for rule in (
            f"tcp dport {{ {ports} }} {ip} saddr @{purpose}_{family} accept",
            f"tcp dport {{ {ports} }} add @{purpose}_{family} {{ {ip} saddr timeout {_PAIR_S}s }}",
        )
    ]


def _counting(family: str, ip: str, limit: str, rules: TripwireRules) -> list[str]:
    pair = f"{ip} saddr . tcp dport"
    is_new = f"{pair} != @pairs_{family}"
    count = f"add @pairs_{family} {{ {pair} timeout {_PAIR_S}s }} counter name counted"
    judge = f"update @suspects_{family} {{ {ip} saddr {limit} }}"
    trip = f"add @tripped_{family} {{ {ip} saddr timeout {rules.hold_s}s }} counter name dropped drop"
    return [f"{is_new} counter name knocks", f"{is_new} {count} {judge} {trip}"]


def _dynamic(name: str, kind: str, size: int, timeout_s: int) -> str:
    return f"add set {TABLE} {name} {{ type {kind}; flags dynamic, timeout; size {size}; timeout {timeout_s}s; }}"
