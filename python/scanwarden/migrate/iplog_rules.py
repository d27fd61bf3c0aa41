"""Read iplog's `log` and `ignore` rules into conditions of our connection log.

`(log|ignore) (tcp|udp) [from A] [sport P] [to A] [dport P]` and `(log|ignore) icmp [type T] [from A] [to A]`; every
argument may be `*`, or negated by `!`. A network is an address with `/bits` or `/dotted.mask`; ports are a number, a
name, `a:b` or `a:`.
"""

import socket

from scanwarden.errors import AddressError
from scanwarden.migrate.portsentry_ignore import short
from scanwarden.migrate.toml_text import Value
from scanwarden.model.address import Address, Prefix
from scanwarden.model.ports import MAX_NUMBER, Ports

ICMP_TYPES = {
    "ECHOREPLY": 0,
    "UNREACH": 3,
    "SOURCEQUENCH": 4,
    "REDIRECT": 5,
    "ECHO": 8,
    "ROUTERADVERT": 9,
    "ROUTERSOLICIT": 10,
    "TIMXCEED": 11,
    "PARAMPROB": 12,
    "TSTAMP": 13,
    "TSTAMPREPLY": 14,
    "IREQ": 15,
    "IREQREPLY": 16,
    "MASKREQ": 17,
    "MASKREPLY": 18,
}
MAX_ICMP_TYPE = 255
_OPTIONS = {"from": "source", "to": "target", "sport": "source_ports", "dport": "target_ports", "type": "icmp_types"}


class NotARuleError(ValueError):
    """Say why a rule cannot be read; the message is a clause for the user."""


def rule_conditions(words: list[str]) -> dict[str, Value]:
    """Give the conditions of a rule from its words after `log` or `ignore`; raise NotARuleError."""
    if not words or words[0].lower() not in ("tcp", "udp", "icmp"):
        raise NotARuleError("names neither tcp nor udp nor icmp")
    protocol = words[0].lower()
    conditions: dict[str, Value] = {"protocol": protocol}
    rest = words[1:]
    if len(rest) % 2:
        raise NotARuleError(f"has no value after {rest[-1][:40]!a}")
    for keyword, text in zip(rest[::2], rest[1::2], strict=True):
        option = _OPTIONS.get(keyword.lower())
        if option is None or ((option == "icmp_types") != (protocol == "icmp") and option.endswith(("ports", "types"))):
            raise NotARuleError(f"has {keyword[:40]!a}, which iplog does not know for {protocol}")
        if text != "*":
            conditions |= _condition(option, text, protocol)
    return conditions


def _condition(option: str, text: str, protocol: str) -> dict[str, Value]:
    is_negated = text.startswith("!")
    bare = text.removeprefix("!").strip()
    if option in ("source", "target"):
        return {f"{option}_outside" if is_negated else option: short(_network(bare))}
    numbers = _icmp_types(bare) if option == "icmp_types" else _port_numbers(bare, protocol)
    top = MAX_ICMP_TYPE if option == "icmp_types" else MAX_NUMBER
    if is_negated:
        numbers = _others(numbers, top)
    if not numbers:
        raise NotARuleError("excludes every number, so it never holds")
    return {option: str(numbers)}


def _others(numbers: Ports, top: int) -> Ports:
    """Give the numbers up to `top` that are not in the set."""
    spans: list[str] = []
    start = 0
    for first, last in numbers.ranges:
        if first > start:
            spans.append(f"{start}-{first - 1}")
        start = last + 1
    if start <= top:
        spans.append(f"{start}-{top}")
    return Ports.parse(",".join(spans))


def _network(text: str) -> Prefix:
    bare, slash, mask = text.partition("/")
    try:
        address = Address.parse(bare)
        length = _mask_length(mask) if slash else address.bits
        if address.version != 4 or length > address.bits:
            raise NotARuleError(f"has {text[:40]!a}, which is no IPv4 network")
        return address.prefix(length)
    except AddressError:
        raise NotARuleError(f"has the name {text[:40]!a}: write its address") from None


def _mask_length(mask: str) -> int:
    if mask.isascii() and mask.isdigit() and len(mask) <= 3:
        return int(mask)
    bits = int.from_bytes(Address.parse(mask).packed, "big")
    length = bits.bit_count()
    if bits != (1 << 32) - (1 << (32 - length)):
        raise NotARuleError(f"has the mask {mask[:40]!a}, whose ones are not all at the front")
    return length


def _icmp_types(text: str) -> Ports:
    name = text.upper().removeprefix("ICMP_")
    if name in ICMP_TYPES:
        return Ports([ICMP_TYPES[name]])
    number = _number(text, MAX_ICMP_TYPE)
    if number is None:
        raise NotARuleError(f"has {text[:40]!a}, which is no ICMP type")
    return Ports([number])


def _port_numbers(text: str, protocol: str) -> Ports:
    first, colon, last = text.partition(":")
    low = _port(first, protocol)
    high = low if not colon else _port(last, protocol) if last else MAX_NUMBER
    if low > high:
        raise NotARuleError(f"has {text[:40]!a}, whose first port is larger than its last")
    return Ports.parse(f"{low}-{high}")


def _port(text: str, protocol: str) -> int:
    number = _number(text, MAX_NUMBER)
    if number is not None:
        return number
    try:
        return socket.getservbyname(text, protocol)
    except (OSError, UnicodeEncodeError, ValueError):
        raise NotARuleError(f"has {text[:40]!a}, which is no port and no service in /etc/services") from None


def _number(text: str, top: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(top))):
        return None
    return int(text) if int(text) <= top else None
