"""Read the matches of one iptables rule."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from scanwarden.audit.firewall.flow import PROTOCOL_NUMBERS
from scanwarden.audit.firewall.rules import Doubt, Element, Field, Key, Names, Statement, Test
from scanwarden.audit.firewall.spans import Spans

_FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ALL": 63, "NONE": 0}
# Modules whose options are all below; any other one is a doubt, options or not.
KNOWN_MODULES = frozenset(
    [
        "tcp",
        "udp",
        "sctp",
        "icmp",
        "icmp6",
        "multiport",
        "conntrack",
        "state",
        "addrtype",
        "set",
        "comment",
        "limit",
        "hashlimit",
        "connlimit",
        "mark",
        "connmark",
        "iprange",
        "pkttype",
        "rpfilter",
        "time",
        "mac",
        "length",
        "ttl",
        "hl",
        "dscp",
        "recent",
    ]
)


class Words:
    """The words of a rule, read from left to right."""

    def __init__(self, words: list[str], version: int, ipsets: Mapping[str, list[str]]) -> None:
        self._words = words
        self._at = 0
        self.version = version
        self.ipsets = ipsets
        self.module = ""
        self.protocol = ""
        self.is_negated = False

    def next(self) -> str | None:
        """Give the next option; `is_negated` says whether `!` stood before it."""
        self.is_negated = self._peek() == "!"
        self._at += self.is_negated
        word = self._peek()
        self._at += word is not None
        return word

    def argument(self) -> str:
        """Give the next word, whatever it is."""
        word = self._peek() or ""
        self._at += 1
        return word

    def arguments(self) -> list[str]:
        """Give all words up to the next option."""
        found: list[str] = []
        while (word := self._peek()) is not None and not word.startswith("-") and word != "!":
            found.append(self.argument())
        return found

    def options(self) -> Iterator[tuple[str, str]]:
        """Give what is left as options with their words."""
        while (word := self.next()) is not None:
            yield word, " ".join(self.arguments())

    def _peek(self) -> str | None:
        return self._words[self._at] if self._at < len(self._words) else None


Reader = Callable[[Words], list[Statement]]


def negatable(reader: Reader, words: Words) -> list[Statement]:
    """Read a match and turn it round if `!` stood before it."""
    is_negated = words.is_negated
    found = reader(words)
    return [_turned(one) for one in found] if is_negated else found


def _turned(statement: Statement) -> Statement:
    if isinstance(statement, Test):
        return replace(statement, negated=not statement.negated, text=f"not {statement.text}")
    return replace(statement, text=f"not {statement.text}") if isinstance(statement, Doubt) else statement


def _test(field: Field, *values: Spans | Names, text: str, mask: int | None = None, only: str | None = None) -> Test:
    elements: tuple[Element, ...] = tuple((value,) for value in values)
    return Test((Key(field, only, mask),), elements, text=text)


def _protocol(words: Words) -> list[Statement]:
    name = words.argument()
    words.protocol = {"ipv6-icmp": "icmpv6"}.get(name, name)
    if name == "all":
        return []
    number = int(name) if name.isdigit() else PROTOCOL_NUMBERS.get(words.protocol, 255)
    return [_test("l4proto", Spans.one(number), text=name)]


def _addresses(field: Field) -> Reader:
    def read(words: Words) -> list[Statement]:
        text = words.argument()
        return [_test(field, *(Spans.network(one) for one in text.split(",")), text=f"{field} {text}")]

    return read


def _range(field: Field) -> Reader:
    def read(words: Words) -> list[Statement]:
        text = words.argument()
        first, _, last = text.partition("-")
        span = Spans([(int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last or first)))])
        return [_test(field, span, text=f"{field} {text}")]

    return read


def _interface(field: Field) -> Reader:
    def read(words: Words) -> list[Statement]:
        name = words.argument()
        pattern = f"{name[:-1]}*" if name.endswith("+") else name
        return [_test(field, Names(frozenset([pattern])), text=f"{field} {name}")]

    return read


def _ports(field: Field) -> Reader:
    def read(words: Words) -> list[Statement]:
        text = words.argument()
        spans = Spans(_port_span(one) for one in text.split(","))
        return [_test(field, spans, text=f"{field} {text}")]

    return read


def _port_span(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    return int(first or 0), int(last or 65535) if colon else int(first)


def _states(words: Words) -> list[Statement]:
    text = words.argument()
    states = frozenset(text.lower().split(","))
    found: list[Statement] = []
    plain = states - {"dnat", "snat"}
    if plain:
        found.append(_test("ct state", Names(plain), text=f"ct state {text}"))
    if "dnat" in states:
        found.append(_test("ct status", Names(frozenset(["dnat"])), text="ct status dnat"))
    # A list with both is either of them; that is rare, and not followed.
    return found if len(found) < 2 else [Doubt(f"ct state {text}")]


def _type(field: Field) -> Reader:
    def read(words: Words) -> list[Statement]:
        text = words.argument()
        return [_test(field, Names(frozenset(text.lower().split(","))), text=f"{field} {text}")]

    return read


def _marked(words: Words) -> list[Statement]:
    text = words.argument()
    value, _, mask = text.partition("/")
    field: Field = "ct mark" if words.module == "connmark" else "mark"
    return [_test(field, Spans.one(int(value, 0)), text=f"{field} {text}", mask=int(mask or "0xffffffff", 0))]


def _flags(words: Words) -> list[Statement]:
    mask, wanted = (sum(_FLAGS[one] for one in words.argument().split(",")) for _ in range(2))
    return [_test("tcp flags", Spans.one(wanted), text="tcp flags", mask=mask, only="tcp")]


def _syn(_: Words) -> list[Statement]:
    return [_test("tcp flags", Spans.one(2), text="tcp flags syn", mask=0x17, only="tcp")]


def _set(words: Words) -> list[Statement]:
    name, direction = words.argument(), words.argument()
    text = f"set {name} {direction}"
    members = words.ipsets.get(name)
    if members is None:
        return [Doubt(text, is_understood=True)]
    kind, *listed = members
    if direction == "src" and kind in ("hash:ip", "hash:net"):
        networks = [Spans.network(one) for one in listed if (":" in one) == (words.version == 6)]
        return [_test("saddr", *networks, text=text)]
    return [Doubt(text, is_understood=True)]


def _first_packet(words: Words) -> list[Statement]:
    """Hold: a first packet is below every rate."""
    words.arguments()
    return []


def _never(words: Words) -> list[Statement]:
    """Hold for nobody: a first packet is above no rate and no count."""
    words.arguments()
    return [Test((Key("sport"),), (), text="rate over")]


def _open(words: Words) -> list[Statement]:
    return [Doubt(f"{words.module} {' '.join(words.arguments())}".strip(), is_understood=True)]


def module(words: Words) -> list[Statement]:
    """Read which module the next options belong to; one that is not known may decide anything."""
    words.module = words.argument()
    return [] if words.module in KNOWN_MODULES else [Doubt(f"match {words.module}")]


def _icmp(words: Words) -> list[Statement]:
    words.arguments()
    return [Test((Key("sport", only="icmp"),), (), text="icmp")]


MATCHES: dict[str, Reader] = {
    "-p": _protocol,
    "-s": _addresses("saddr"),
    "-d": _addresses("daddr"),
    "-i": _interface("iifname"),
    "-o": _interface("oifname"),
    "--sport": _ports("sport"),
    "--dport": _ports("dport"),
    "--sports": _ports("sport"),
    "--dports": _ports("dport"),
    "--src-range": _range("saddr"),
    "--dst-range": _range("daddr"),
    "--state": _states,
    "--ctstate": _states,
    "--ctdir": _type("ct direction"),
    "--ctorigdstport": _ports("ct dport"),
    "--ctorigdst": _addresses("ct daddr"),
    "--dst-type": _type("daddr type"),
    "--src-type": _type("saddr type"),
    "--limit-iface-in": _first_packet,
    "--pkt-type": _type("pkttype"),
    "--mark": _marked,
    "--tcp-flags": _flags,
    "--syn": _syn,
    "--match-set": _set,
    "--limit": _first_packet,
    "--limit-burst": _first_packet,
    "--hashlimit-upto": _first_packet,
    "--hashlimit-above": _never,
    "--hashlimit-burst": _first_packet,
    "--hashlimit-mode": _first_packet,
    "--hashlimit-name": _first_packet,
    "--hashlimit-htable-expire": _first_packet,
    "--hashlimit-htable-size": _first_packet,
    "--hashlimit-htable-max": _first_packet,
    "--hashlimit-srcmask": _first_packet,
    "--connlimit-above": _never,
    "--connlimit-upto": _first_packet,
    "--connlimit-mask": _first_packet,
    "--connlimit-saddr": _first_packet,
    "--icmp-type": _icmp,
    "--icmpv6-type": _icmp,
    "--timestart": _open,
    "--timestop": _open,
    "--weekdays": _open,
    "--mac-source": _open,
    "--length": _open,
    "--ttl-eq": _open,
    "--dscp": _open,
    # A sender that comes for the first time is on no list of `recent`.
    "--set": _first_packet,
    "--update": _never,
    "--rcheck": _never,
    "--seconds": _first_packet,
    "--hitcount": _first_packet,
    "--name": _first_packet,
    "--mask": _first_packet,
    "--rsource": _first_packet,
    "--rdest": _first_packet,
    "--reap": _first_packet,
    "-f": _never,
    # rpfilter holds for packets whose sender would be answered the same way.
    "--validmark": _first_packet,
    "--loose": _first_packet,
    "--invert": _never,
}
