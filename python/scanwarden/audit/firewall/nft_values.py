"""Read the expressions of nftables' JSON: what a rule looks at, and what it compares with."""

import socket
from typing import Any

from scanwarden.audit.firewall.flow import PROTOCOL_NUMBERS
from scanwarden.audit.firewall.rules import Element, Field, Key, Names, Value
from scanwarden.audit.firewall.spans import Spans

Json = Any
_PORTS: tuple[Field, ...] = ("sport", "dport")
_PAYLOAD: dict[tuple[str, str], tuple[Field, int | str | None]] = {
    ("ip", "saddr"): ("saddr", 4),
    ("ip", "daddr"): ("daddr", 4),
    ("ip", "protocol"): ("l4proto", 4),
    ("ip6", "saddr"): ("saddr", 6),
    ("ip6", "daddr"): ("daddr", 6),
    ("ip6", "nexthdr"): ("l4proto", 6),
    ("th", "sport"): ("sport", None),
    ("th", "dport"): ("dport", None),
    ("tcp", "flags"): ("tcp flags", "tcp"),
    **{(protocol, port): (port, protocol) for protocol in ("tcp", "udp", "sctp") for port in _PORTS},
}
# Protocols none of whose flows are looked at: a rule about them does not hold for ours.
_OTHER_PROTOCOLS = frozenset(("icmp", "icmpv6", "igmp", "arp", "udplite", "dccp", "esp", "ah", "comp", "vlan"))
# What is understood, but differs from packet to packet or from hour to hour.
_UNDERSTOOD = frozenset(("meta", "payload", "ct", "exthdr", "tcp option", "ip option", "&", "rt", "osf"))
_META: dict[str, Field] = {
    "iifname": "iifname",
    "oifname": "oifname",
    "iif": "iifname",
    "oif": "oifname",
    "l4proto": "l4proto",
    "nfproto": "nfproto",
    "protocol": "nfproto",
    "mark": "mark",
    "pkttype": "pkttype",
}
_CT: dict[str, Field] = {
    "state": "ct state",
    "status": "ct status",
    "direction": "ct direction",
    "mark": "ct mark",
    "proto-dst": "ct dport",
}
_NAMED: frozenset[Field] = frozenset(
    ("iifname", "oifname", "nfproto", "ct state", "ct status", "ct direction", "daddr type", "saddr type", "pkttype")
)
_ADDRESSES: frozenset[Field] = frozenset(("saddr", "daddr", "ct daddr"))
_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128}
_PROTOCOL_WORDS = {"ip": "ipv4", "ip6": "ipv6"}
_HIGHEST = (1 << 128) - 1


def keys_of(left: Json) -> tuple[Key, ...] | None:
    """Read the left side of a comparison; None if any part of it is not followed here."""
    parts = left["concat"] if isinstance(left, dict) and "concat" in left else [left]
    keys = [key_of(part) for part in parts]
    return None if None in keys else tuple(key for key in keys if key is not None)


def key_of(expression: Json) -> Key | None:
    """Read one thing that is looked at; None if it is not followed here."""
    if not isinstance(expression, dict):
        return None
    kind, body = next(iter(expression.items()))
    if kind == "payload" and "protocol" in body:
        return _payload(body["protocol"], body["field"])
    if kind == "meta":
        field = _META.get(body["key"])
        return None if field is None else Key(field)
    if kind == "ct":
        return _ct(body)
    if kind == "fib":
        return _fib(body)
    if kind == "&":
        return _masked(body)
    return None


def is_understood(left: Json) -> bool:
    """Say whether what a rule looks at is known, even if its value is not."""
    return isinstance(left, dict) and next(iter(left)) in _UNDERSTOOD


def is_foreign(key: Key) -> bool:
    """Say whether a key belongs to a protocol whose packets are not looked into: its values need not be read."""
    return key.only in _OTHER_PROTOCOLS


def _payload(protocol: str, field: str) -> Key | None:
    known = _PAYLOAD.get((protocol, field))
    if known is not None:
        return Key(known[0], only=known[1])
    # A field of a protocol that none of our packets has.
    return Key("sport", only=protocol) if protocol in _OTHER_PROTOCOLS else None


def _ct(body: Json) -> Key | None:
    field = _CT.get(body["key"])
    if field in ("ct dport",) and body.get("dir") != "original":
        return None
    if body["key"] in ("daddr", "ip daddr", "ip6 daddr") and body.get("dir") == "original":
        return Key("ct daddr", only={"ip daddr": 4, "ip6 daddr": 6}.get(body["key"]))
    return None if field is None else Key(field)


def _fib(body: Json) -> Key | None:
    flags = body.get("flags", [])
    flags = [flags] if isinstance(flags, str) else flags
    if body["result"] == "type" and "mark" not in flags:
        return Key("daddr type" if "daddr" in flags else "saddr type")
    return Key("reverse path") if "saddr" in flags else None


def _masked(body: Json) -> Key | None:
    inner, mask = key_of(body[0]), _number(body[1], Key("tcp flags"))
    if inner is None or mask is None or inner.field in _NAMED or inner.field in _ADDRESSES:
        return None
    return Key(inner.field, inner.only, mask)


def element_of(right: Json, keys: tuple[Key, ...], operator: str) -> Element | None:
    """Read one element of a set, or the one value that stands alone; None if it is not understood."""
    if isinstance(right, dict) and "elem" in right:
        right = right["elem"]["val"]
    parts = right["concat"] if isinstance(right, dict) and "concat" in right else [right]
    if len(parts) != len(keys):
        return None
    values = [_value(part, key, operator) for part, key in zip(parts, keys, strict=True)]
    return None if None in values else tuple(value for value in values if value is not None)


def _value(part: Json, key: Key, operator: str) -> Value | None:
    if key.field in _NAMED:
        words = part if isinstance(part, list) else [part]
        return Names(frozenset(_PROTOCOL_WORDS.get(str(word), str(word)) for word in words))
    if isinstance(part, dict) and "range" in part:
        first, last = (_number(one, key) for one in part["range"])
        return None if first is None or last is None else Spans([(first, last)])
    if isinstance(part, dict) and "prefix" in part:
        return Spans.network(f"{part['prefix']['addr']}/{part['prefix']['len']}")
    number = _number(part, key)
    if number is None:
        return None
    return {
        "<": Spans([(0, number - 1)]),
        "<=": Spans([(0, number)]),
        ">": Spans([(number + 1, _HIGHEST)]),
        ">=": Spans([(number, _HIGHEST)]),
    }.get(operator, Spans.one(number))


def _number(part: Json, key: Key) -> int | None:
    """Read a number, an address, a protocol's name or TCP flags."""
    if isinstance(part, bool):
        return int(part)
    if isinstance(part, int):
        return part
    if isinstance(part, dict) and "|" in part:
        part = part["|"]
    if key.field == "tcp flags":
        words = part if isinstance(part, list) else [part]
        return sum(_FLAGS[word] for word in words) if all(word in _FLAGS for word in words) else None
    if not isinstance(part, str):
        return None
    if key.field in _ADDRESSES:
        for family in (socket.AF_INET, socket.AF_INET6):
            try:
                return int.from_bytes(socket.inet_pton(family, part), "big")
            except OSError:
                continue
        return None
    if key.field == "l4proto":
        # Any other name is that of a protocol which no flow of ours has; 255 is reserved, and has no name.
        return PROTOCOL_NUMBERS.get({"ipv6-icmp": "icmpv6"}.get(part, part), 255)
    return int(part, 0) if part[:1].isdigit() else None
