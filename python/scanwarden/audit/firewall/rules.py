"""Hold a rule set in one typed form, whatever program wrote it.

A rule is a row of statements. A test splits the flows that come to it; what passes goes on to the next statement. Where
the firewall could not be read or is not understood, the statement is a doubt.
"""

from enum import Enum
from typing import Literal

from msgspec import Struct

from scanwarden.audit.firewall.spans import Spans

Field = Literal[
    "saddr",
    "daddr",
    "sport",
    "dport",
    "l4proto",
    "nfproto",
    "iifname",
    "oifname",
    "mark",
    "ct mark",
    "ct state",
    "ct status",
    "ct direction",
    "ct daddr",
    "ct dport",
    "tcp flags",
    "daddr type",
    "saddr type",
    "pkttype",
    "reverse path",
]
Hook = Literal["ingress", "prerouting", "input", "forward", "postrouting"]
Verdict = Literal["accept", "drop", "return", "continue", "jump", "goto"]


class Names(Struct, frozen=True):
    """Words to compare with; one that ends in `*` stands for all that begin so."""

    words: frozenset[str]

    def holds(self, word: str) -> bool:
        """Say whether a word is one of these."""
        return word in self.words or any(one.endswith("*") and word.startswith(one[:-1]) for one in self.words)


Value = Spans | Names


class Key(Struct, frozen=True):
    """What is looked at. `only` limits it to packets of one IP version or protocol; `mask` is applied first."""

    field: Field
    only: int | str | None = None
    mask: int | None = None


Element = tuple[Value, ...]


class Test(Struct, frozen=True):
    """Compare keys with elements: it holds if one element holds in all its parts. None: the elements are not known."""

    keys: tuple[Key, ...]
    elements: tuple[Element, ...] | None
    negated: bool = False
    text: str = ""


class Decide(Struct, frozen=True):
    """End or branch: the verdict, and the chain for `jump` and `goto`."""

    verdict: Verdict
    chain: str = ""


class Choose(Struct, frozen=True):
    """Take the verdict of the first element that holds (a verdict map); without one the rule goes on."""

    keys: tuple[Key, ...]
    entries: tuple[tuple[Element, Decide], ...] | None
    text: str = ""


class Redirect(Struct, frozen=True):
    """Change the destination (`dnat`, `redirect`); an empty address is this host's own on the arriving interface."""

    address: str | None
    port: int | None = None
    is_own: bool = False


class ChooseRedirect(Struct, frozen=True):
    """Change the destination to that of the first element that holds."""

    keys: tuple[Key, ...]
    entries: tuple[tuple[Element, Redirect], ...] | None
    port: int | None = None
    text: str = ""


class Mark(Struct, frozen=True):
    """Set a mark: `(old & keep) ^ flip`, of the packet or of the connection; None: to something not known."""

    field: Literal["mark", "ct mark"]
    keep: int = 0
    flip: int | None = 0
    from_other: bool = False


class Untrack(Struct, frozen=True):
    """Keep connection tracking away from the packet."""


class Doubt(Struct, frozen=True):
    """Stand for what cannot be decided here: `is_understood` if only its value is not known, such as the hour.

    One that `decides` is a target that may end the packet's way, any other is a condition of what follows.
    """

    text: str
    is_understood: bool = False
    decides: bool = False


Statement = Test | Decide | Choose | Redirect | ChooseRedirect | Mark | Untrack | Doubt


class Rule(Struct, frozen=True):
    """A row of statements, and how a person finds it."""

    statements: tuple[Statement, ...]
    origin: str


class Base(Struct, frozen=True):
    """Where a chain hangs. `kind` is `filter`, `nat` or `route`; `devices` limits a chain at ingress."""

    hook: Hook
    priority: int
    policy: Literal["accept", "drop"] = "accept"
    kind: str = "filter"
    devices: tuple[str, ...] = ()


class Chain(Struct, frozen=True):
    """Rules in their order; a base chain has a hook."""

    rules: tuple[Rule, ...]
    base: Base | None = None


class Table(Struct, frozen=True):
    """Chains by name. `family` is `ip`, `ip6`, `inet` or `netdev`."""

    family: str
    name: str
    chains: dict[str, Chain]


class Ruleset(Struct, frozen=True):
    """All tables, and what could not be read, in sentences."""

    tables: tuple[Table, ...] = ()
    gaps: tuple[str, ...] = ()


class Priority(Enum):
    """Where the kernel's own work stands among chains (linux/netfilter_ipv4.h)."""

    CONNTRACK = -200
