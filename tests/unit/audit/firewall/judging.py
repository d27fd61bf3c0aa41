"""Pass flows through rules that stand in a test, and say who gets in."""

import json
from ipaddress import ip_address

from scanwarden.audit.firewall.flow import Case, Opener
from scanwarden.audit.firewall.nft_json import tables_of
from scanwarden.audit.firewall.rules import Hook, Ruleset
from scanwarden.audit.firewall.spans import Spans, everybody
from scanwarden.audit.firewall.walk import Walk

HOST = {4: "198.51.100.1", 6: "2001:db8::1"}


def opener(port: int, *, protocol: str = "tcp", version: int = 4, interface: str = "eth0") -> Opener:
    own = int(ip_address(HOST[version]))
    return Opener(
        version=version,
        protocol=protocol,
        interface=interface,
        daddr=own,
        dport=port,
        own=own,
        local=Spans.one(own),
    )


def passed(rules: Ruleset, flow: Opener, *hooks: Hook) -> tuple[list[Case], list[Case]]:
    walk = Walk(rules, flow)
    cases, lost = [Case(sources=everybody(flow.version), daddr=flow.daddr, dport=flow.dport)], []
    for hook in hooks or ("prerouting", "input"):
        cases, dropped = walk.hook(hook, cases)
        lost += dropped
    return cases, lost


def who(cases: list[Case]) -> Spans:
    return Spans(span for case in cases for span in case.sources.ranges)


def chain(*expressions: str, policy: str = "drop", hook: str = "input", kind: str = "filter", prio: int = 0) -> Ruleset:
    """Build the rule set of one base chain from the JSON of its rules."""
    base = {"family": "inet", "table": "t", "name": "c", "handle": 1, "type": kind, "hook": hook, "prio": prio}
    listed = [{"table": {"family": "inet", "name": "t"}}, {"chain": {**base, "policy": policy}}]
    listed += [
        {"rule": {"family": "inet", "table": "t", "chain": "c", "handle": at, "expr": json.loads(text)}}
        for at, text in enumerate(expressions, 2)
    ]
    return Ruleset(tuple(tables_of(listed, {}, left_out=frozenset())))
