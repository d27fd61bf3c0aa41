"""Describe a new flow from outside while it passes the rules: what is fixed, and what differs from case to case."""

from msgspec import Struct
from msgspec.structs import replace

from scanwarden.audit.firewall.rules import Doubt, Key, Names, Value
from scanwarden.audit.firewall.spans import Spans

PROTOCOL_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}
SYN = 0x02
MAX_DOUBTS = 8


class Opener(Struct, frozen=True):
    """The first packet of a flow, as far as it is the same for all senders. Addresses are numbers.

    `own` is the first address of the arriving interface, `local` are all of the host;
    `outgoing` is the interface it leaves by, once that is known.
    """

    version: int
    protocol: str
    interface: str
    daddr: int
    dport: int
    own: int
    local: Spans
    outgoing: str | None = None


class Case(Struct, frozen=True):
    """Some of the senders, and what the rules have done to their packets so far."""

    sources: Spans
    daddr: int
    dport: int
    mark: int | None = 0
    ct_mark: int | None = 0
    is_translated: bool = False
    is_tracked: bool = True
    doubts: tuple[Doubt, ...] = ()
    because: str = ""

    def among(self, sources: Spans, doubt: Doubt | None = None) -> "Case":
        """Give the same case for fewer senders, with one more doubt."""
        if doubt is None or doubt in self.doubts:
            return replace(self, sources=sources)
        if len(self.doubts) >= MAX_DOUBTS:
            doubts: tuple[Doubt, ...] = (Doubt("many conditions"),)
        else:
            doubts = (*self.doubts, doubt)
        return replace(self, sources=sources, doubts=doubts)


Found = bool | Spans | None
"""Whether a value fits: yes or no for every sender, for these senders, or not known."""


def compare(key: Key, value: Value, case: Case, opener: Opener, *, is_early: bool) -> Found:
    """Hold one part of an element against a packet; `is_early`: connection tracking has not seen it yet."""
    if key.field == "saddr":
        return value if isinstance(value, Spans) else None
    actual = _value_of(key, case, opener, is_early=is_early)
    if actual is None:
        return None
    if isinstance(actual, str):
        return value.holds(actual) if isinstance(value, Names) else None
    if isinstance(value, Names):
        return None
    return (actual if key.mask is None else actual & key.mask) in value


def _value_of(key: Key, case: Case, opener: Opener, *, is_early: bool) -> int | str | None:
    """Give what is known of a packet; None if it is not."""
    # nft_ct.c: without a connection the state reads as invalid, or untracked if a rule asked for that.
    state = "untracked" if not case.is_tracked else "invalid" if is_early else "new"
    known: dict[str, int | str | None] = {
        "daddr": case.daddr,
        "dport": case.dport,
        "l4proto": PROTOCOL_NUMBERS.get(opener.protocol),
        "nfproto": f"ipv{opener.version}",
        "iifname": opener.interface,
        "oifname": opener.outgoing,
        "mark": case.mark,
        "ct mark": case.ct_mark,
        "ct state": state,
        "ct status": "dnat" if case.is_translated else "",
        "ct direction": "original",
        "ct daddr": opener.daddr,
        "ct dport": opener.dport,
        "tcp flags": SYN if opener.protocol == "tcp" else None,
        "daddr type": "local" if case.daddr in opener.local else "unicast",
        "saddr type": "unicast",
        "pkttype": "host",
        "reverse path": 1,
    }
    return known.get(key.field)
