"""Walk a flow through chains and hooks, splitting it by sender wherever a rule tells senders apart.

The order and the meaning of verdicts are those of nft(8): `accept` ends one base chain, `drop` ends everything, a nat
chain is asked until one of them has changed the destination.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from scanwarden.audit.firewall.flow import Case, Opener, compare
from scanwarden.audit.firewall.rules import (
    Chain,
    Choose,
    ChooseRedirect,
    Decide,
    Doubt,
    Element,
    Hook,
    Key,
    Mark,
    Priority,
    Redirect,
    Rule,
    Ruleset,
    Statement,
    Table,
    Test,
    Untrack,
)
from scanwarden.audit.firewall.spans import Spans

MAX_DEPTH = 16  # the kernel's own limit (NFT_JUMP_STACK_SIZE)
MAX_CASES = 256
MAX_STEPS = 400_000
_FAMILIES = {4: ("inet", "ip"), 6: ("inet", "ip6")}
_TOO_MUCH = Doubt("the rule set is too large to follow")


class Ended(NamedTuple):
    """What became of a case: `accept` or `drop` for the whole hook, or that it fell off the end of a chain."""

    case: Case
    verdict: str


class Walk:
    """One opener on its way through one rule set; the number of steps is bounded."""

    def __init__(self, ruleset: Ruleset, opener: Opener) -> None:
        self._ruleset = ruleset
        self._opener = opener
        self._steps = 0
        self._is_early = False

    def hook(self, hook: Hook, cases: Iterable[Case], opener: Opener | None = None) -> tuple[list[Case], list[Case]]:
        """Pass every base chain of a hook in the order of priorities; return who got through and who did not."""
        self._opener = opener or self._opener
        passing, dropped = list(cases), list[Case]()
        for table, chain in _base_chains(self._ruleset, hook, self._opener):
            following: list[Case] = []
            for case in passing:
                for ended in self._base(table, chain, case):
                    (dropped if ended.verdict == "drop" else following).append(ended.case)
            passing = _merged(following)
        return passing, dropped

    def _base(self, table: Table, chain: Chain, case: Case) -> Iterator[Ended]:
        base = chain.base
        if base is None or (base.kind == "nat" and case.is_translated):
            yield Ended(case, "accept")
            return
        # Before connection tracking there is no connection to ask for (nf_conntrack's hook priority).
        self._is_early = base.hook == "ingress" or (
            base.hook == "prerouting" and base.priority <= Priority.CONNTRACK.value
        )
        for ended in self._chain(table, chain, case, 0):
            if ended.verdict in ("accept", "drop"):
                yield ended
            elif base.policy == "drop":
                because = f"the policy of {table.family} {table.name} at {base.hook}"
                yield Ended(replace(ended.case, because=because), "drop")
            else:
                yield Ended(ended.case, "accept")

    def _chain(self, table: Table, chain: Chain, case: Case, depth: int) -> Iterator[Ended]:
        """Pass the rules; cases that fall off the end come with the verdict `return`."""
        passing = [case]
        for rule in chain.rules:
            following: list[Case] = []
            for one in passing:
                for ended in self._rule(table, rule, one, depth):
                    if ended.verdict == "next":
                        following.append(ended.case)
                    else:
                        yield ended
            passing = _merged(following)
            if not passing:
                return
        for one in passing:
            yield Ended(one, "return")

    def _rule(self, table: Table, rule: Rule, case: Case, depth: int) -> Iterator[Ended]:
        """Pass one rule: `next` is for whoever goes on with the following one."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            yield Ended(case.among(case.sources, _TOO_MUCH), "drop")
            yield Ended(case.among(case.sources, _TOO_MUCH), "accept")
            return
        # A doubt that decides nothing, such as the rate of a rule that only logs, is forgotten again.
        matters = any(not isinstance(one, Test | Doubt) or getattr(one, "decides", False) for one in rule.statements)
        holding = [case]
        for statement in rule.statements if matters else ():
            following: list[Case] = []
            for one in holding:
                for ended in self._statement(table, rule, statement, one, depth):
                    if ended.verdict == "holds":
                        following.append(ended.case)
                    else:
                        yield ended
            holding = following
        for one in holding:
            yield Ended(one, "next")

    def _statement(self, table: Table, rule: Rule, statement: Statement, case: Case, depth: int) -> Iterator[Ended]:
        match statement:
            case Test():
                yield from self._test(statement, case)
            case Doubt():
                yield from _doubted(case, statement)
            case Decide():
                yield from self._decide(table, rule, statement, case, depth)
            case Choose():
                yield from self._choose(table, rule, statement, case, depth)
            case Redirect():
                yield self._redirected(case, statement, rule)
            case ChooseRedirect():
                yield from self._choose_redirect(rule, statement, case)
            case Mark():
                yield Ended(_marked(case, statement), "holds")
            case Untrack():
                yield Ended(replace(case, is_tracked=False), "holds")

    def _test(self, test: Test, case: Case) -> Iterator[Ended]:
        if any(self._is_absent(key) for key in test.keys):
            yield Ended(case, "next")
            return
        yes, maybe = self._fitting(test.keys, test.elements, case)
        no = case.sources - yes - maybe
        if test.negated:
            yes, no = no, yes
        doubt = Doubt(test.text, is_understood=True)
        yield from _some(case, yes, "holds")
        yield from _some(case, no, "next")
        yield from _some(case, maybe, "holds", doubt)
        yield from _some(case, maybe, "next", _negated(doubt))

    def _choose(self, table: Table, rule: Rule, choose: Choose, case: Case, depth: int) -> Iterator[Ended]:
        if any(self._is_absent(key) for key in choose.keys):
            yield Ended(case, "next")
            return
        if choose.entries is None:
            yield Ended(case.among(case.sources, Doubt(choose.text)), "drop")
            yield Ended(case.among(case.sources, Doubt(choose.text)), "accept")
            return
        left = case.sources
        for element, decide in choose.entries:
            yes, maybe = self._fitting(choose.keys, (element,), case)
            doubt = Doubt(choose.text, is_understood=True)
            for some in (*_some(case, yes & left, ""), *_some(case, maybe & left, "", doubt)):
                yield from self._decide(table, rule, decide, some.case, depth)
            left -= yes
        yield from _some(case, left, "next")

    def _choose_redirect(self, rule: Rule, choose: ChooseRedirect, case: Case) -> Iterator[Ended]:
        if choose.entries is None or any(self._is_absent(key) for key in choose.keys):
            yield Ended(case if choose.entries is not None else case.among(case.sources, Doubt(choose.text)), "next")
            return
        left = case.sources
        for element, redirect in choose.entries:
            yes, maybe = self._fitting(choose.keys, (element,), case)
            doubt = Doubt(choose.text, is_understood=True)
            for some in (*_some(case, yes & left, ""), *_some(case, maybe & left, "", doubt)):
                port = redirect.port if redirect.port is not None else choose.port
                yield self._redirected(some.case, replace(redirect, port=port), rule)
            left -= yes
        yield from _some(case, left, "next")

    def _decide(self, table: Table, rule: Rule, decide: Decide, case: Case, depth: int) -> Iterator[Ended]:
        if decide.verdict in ("accept", "drop"):
            yield Ended(replace(case, because=rule.origin), decide.verdict)
        elif decide.verdict in ("jump", "goto"):
            target = table.chains.get(decide.chain)
            if target is None or depth >= MAX_DEPTH:
                doubt = Doubt(f"chain {decide.chain} cannot be followed")
                yield Ended(case.among(case.sources, doubt), "drop")
                yield Ended(case.among(case.sources, doubt), "next")
                return
            for ended in self._chain(table, target, case, depth + 1):
                is_back = ended.verdict == "return" and decide.verdict == "jump"
                yield Ended(ended.case, "next") if is_back else ended
        else:
            yield Ended(case, "return" if decide.verdict == "return" else "holds")

    def _redirected(self, case: Case, redirect: Redirect, rule: Rule) -> Ended:
        """Change the destination, which also ends the chain; an address of the other IP version changes nothing."""
        if redirect.is_own:
            daddr = self._opener.own
        elif redirect.address is None:
            daddr = case.daddr
        else:
            parsed = ipaddress.ip_address(redirect.address)
            if parsed.version != self._opener.version:
                return Ended(case, "next")
            daddr = int(parsed)
        dport = case.dport if redirect.port is None else redirect.port
        changed = replace(case, daddr=daddr, dport=dport, is_translated=True, because=rule.origin)
        return Ended(changed, "accept")

    def _is_absent(self, key: Key) -> bool:
        """Say whether packets of this kind have no such thing: a rule that asks does not hold, negated or not."""
        if self._is_early and key.field.startswith("ct ") and key.field != "ct state":
            return True
        return key.only is not None and key.only not in (self._opener.version, self._opener.protocol)

    def _fitting(self, keys: tuple[Key, ...], elements: tuple[Element, ...] | None, case: Case) -> tuple[Spans, Spans]:
        """Say which senders fit an element for certain, and which perhaps."""
        if elements is None:
            return Spans(), case.sources
        yes, maybe = list[tuple[int, int]](), list[tuple[int, int]]()
        for element in elements:
            sources, is_certain = case.sources, True
            for key, value in zip(keys, element, strict=False):
                found = compare(key, value, case, self._opener, is_early=self._is_early)
                if found is False:
                    sources = Spans()
                    break
                is_certain &= found is not None
                sources = sources & found if isinstance(found, Spans) else sources
            (yes if is_certain else maybe).extend(sources.ranges)
        certain = Spans(yes)
        return certain, Spans(maybe) - certain


def _doubted(case: Case, doubt: Doubt) -> Iterator[Ended]:
    """Go every way that a statement may take."""
    if doubt.decides:
        for verdict in ("drop", "accept", "next"):
            yield Ended(case.among(case.sources, doubt), verdict)
    else:
        yield Ended(case.among(case.sources, doubt), "holds")
        yield Ended(case.among(case.sources, _negated(doubt)), "next")


def _some(case: Case, sources: Spans, verdict: str, doubt: Doubt | None = None) -> Iterator[Ended]:
    if sources:
        yield Ended(case.among(sources, doubt), verdict)


def _negated(doubt: Doubt) -> Doubt:
    return (
        Doubt(doubt.text.removeprefix("not "), doubt.is_understood)
        if doubt.text.startswith("not ")
        else Doubt(f"not {doubt.text}", doubt.is_understood)
    )


def _marked(case: Case, mark: Mark) -> Case:
    old = (
        (case.ct_mark if mark.field == "mark" else case.mark)
        if mark.from_other
        else (case.mark if mark.field == "mark" else case.ct_mark)
    )
    new = None if old is None or mark.flip is None else (old & mark.keep) ^ mark.flip
    return replace(case, mark=new) if mark.field == "mark" else replace(case, ct_mark=new)


def _merged(cases: list[Case]) -> list[Case]:
    """Join cases that differ by their senders only; too many become one doubtful case."""
    joined: dict[Case, list[Case]] = {}
    for case in cases:
        joined.setdefault(replace(case, sources=Spans(), because=""), []).append(case)
    if len(joined) > MAX_CASES:
        everyone = Spans(span for case in cases for span in case.sources.ranges)
        return [replace(cases[0], sources=everyone, doubts=(_TOO_MUCH,))]
    return [
        replace(
            same[0],
            sources=Spans(span for case in same for span in case.sources.ranges),
            because=next((case.because for case in same if case.because), ""),
        )
        for same in joined.values()
    ]


def _base_chains(ruleset: Ruleset, hook: Hook, opener: Opener) -> list[tuple[Table, Chain]]:
    families = ("netdev", "inet") if hook == "ingress" else _FAMILIES[opener.version]
    found = [
        (chain.base.priority, number, table, chain)
        for number, table in enumerate(ruleset.tables)
        if table.family in families
        for chain in table.chains.values()
        if chain.base is not None
        and chain.base.hook == hook
        and (not chain.base.devices or opener.interface in chain.base.devices)
    ]
    return [(table, chain) for _, _, table, chain in sorted(found, key=lambda one: one[:2])]
