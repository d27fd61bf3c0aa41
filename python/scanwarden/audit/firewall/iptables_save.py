"""Read what iptables-save and ip6tables-save print into the typed form (iptables-extensions(8))."""

import shlex
from collections.abc import Callable, Mapping

from scanwarden.audit.firewall.iptables_match import MATCHES, Words, module, negatable
from scanwarden.audit.firewall.rules import (
    Base,
    Chain,
    Decide,
    Doubt,
    Hook,
    Mark,
    Redirect,
    Rule,
    Statement,
    Table,
    Untrack,
)

IpSets = Mapping[str, list[str]]
"""Members of each ipset, as `ipset save` writes them."""

# Of netfilter_ipv4.h: where each table hangs.
_PRIORITIES = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
_HOOKS: dict[str, Hook] = {
    "PREROUTING": "prerouting",
    "INPUT": "input",
    "FORWARD": "forward",
    "POSTROUTING": "postrouting",
}
_NAT_SOURCE_PRIORITY = 100  # of nat in INPUT and POSTROUTING
_VERDICTS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return"}
# Targets that neither decide nor change where a packet goes.
_IDLE = frozenset(
    [
        "LOG",
        "NFLOG",
        "ULOG",
        "AUDIT",
        "TCPMSS",
        "TOS",
        "DSCP",
        "TTL",
        "HL",
        "CHECKSUM",
        "CLASSIFY",
        "SET",
        "TRACE",
        "MASQUERADE",
        "SNAT",
        "SECMARK",
        "CONNSECMARK",
        "RATEEST",
        "LED",
        "TEE",
        "IDLETIMER",
    ]
)


def tables_of(text: str, *, version: int, origin: str, ipsets: IpSets) -> list[Table]:
    """Read one listing for one IP version; `origin` is named in front of each rule."""
    tables: list[Table] = []
    name = ""
    chains: dict[str, tuple[Base | None, list[Rule]]] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            name, chains = line[1:].strip(), {}
        elif line.startswith(":"):
            chain, policy, *_ = line[1:].split()
            chains[chain] = (_base(name, chain, policy), [])
        elif line.startswith("-A "):
            words = shlex.split(line)
            rule = Rule(_statements(words[2:], version, ipsets), f"{origin} -t {name} {line}")
            chains.setdefault(words[1], (None, []))[1].append(rule)
        elif line.startswith("COMMIT"):
            family = "ip" if version == 4 else "ip6"
            tables.append(
                Table(family, name, {one: Chain(tuple(rules), base) for one, (base, rules) in chains.items()})
            )
    return tables


def _base(table: str, chain: str, policy: str) -> Base | None:
    hook = _HOOKS.get(chain)
    if hook is None or table not in _PRIORITIES or policy == "-":
        return None
    is_source_nat = table == "nat" and hook in ("input", "postrouting")
    priority = _NAT_SOURCE_PRIORITY if is_source_nat else _PRIORITIES[table]
    return Base(hook, priority, "drop" if policy == "DROP" else "accept", "nat" if table == "nat" else "filter")


def _statements(words: list[str], version: int, ipsets: IpSets) -> tuple[Statement, ...]:
    """Read the matches and the target of one rule; what is not known is a doubt."""
    found: list[Statement] = []
    reading = Words(words, version, ipsets)
    while (word := reading.next()) is not None:
        if word in ("-j", "--jump", "-g", "--goto"):
            found += _target(reading.argument(), reading, is_goto=word in ("-g", "--goto"))
        elif word in ("-m", "--match"):
            found += module(reading)
        elif word == "--comment":
            reading.argument()
        elif (reader := MATCHES.get(word)) is not None:
            found += negatable(reader, reading)
        else:
            found.append(Doubt(f"{reading.module} {word} {' '.join(reading.arguments())}".strip()))
    return tuple(found)


def _target(name: str, reading: Words, *, is_goto: bool) -> list[Statement]:
    options = dict(reading.options())
    if name in _VERDICTS:
        return [Decide(_VERDICTS[name])]  # type: ignore[arg-type]  # one of the four
    if name in _IDLE:
        return []
    reader = _TARGETS.get(name)
    if reader is not None:
        return reader(options)
    if name.isupper() and not is_goto and options:
        return [Doubt(f"target {name}", decides=True)]
    return [Decide("goto" if is_goto else "jump", name)]


def _dnat(options: dict[str, str]) -> list[Statement]:
    wanted = options.get("--to-destination", "")
    address, port = wanted, ""
    if wanted.startswith("["):
        address, _, port = wanted[1:].partition("]")
        port = port.lstrip(":")
    elif wanted.count(":") == 1:
        address, _, port = wanted.partition(":")
    if "-" in address or "/" in port or "-" in port:
        return [Doubt(f"DNAT to {wanted}", decides=True)]
    return [Redirect(address or None, int(port) if port else None)]


def _redirect(options: dict[str, str]) -> list[Statement]:
    port = options.get("--to-ports", "")
    return (
        [Doubt(f"REDIRECT to {port}", decides=True)]
        if "-" in port
        else [Redirect(None, int(port) if port else None, is_own=True)]
    )


def _mark(options: dict[str, str]) -> list[Statement]:
    """Read MARK: `--set-xmark value/mask` is (mark & ~mask) ^ value, the others are written so by iptables-save."""
    value, _, mask = options.get("--set-xmark", options.get("--set-mark", "")).partition("/")
    if not value:
        return [Mark("mark", 0, None)]
    return [Mark("mark", ~int(mask or "0xffffffff", 0) & 0xFFFF_FFFF, int(value, 0))]


def _connmark(options: dict[str, str]) -> list[Statement]:
    if "--restore-mark" in options:
        return [Mark("mark", 0xFFFF_FFFF, 0, from_other=True)]
    if "--save-mark" in options:
        return [Mark("ct mark", 0xFFFF_FFFF, 0, from_other=True)]
    value, _, mask = options.get("--set-xmark", options.get("--set-mark", "")).partition("/")
    if not value:
        return [Mark("ct mark", 0, None)]
    return [Mark("ct mark", ~int(mask or "0xffffffff", 0) & 0xFFFF_FFFF, int(value, 0))]


def _ct(options: dict[str, str]) -> list[Statement]:
    return [Untrack()] if "--notrack" in options else []


_TARGETS: dict[str, Callable[[dict[str, str]], list[Statement]]] = {
    "DNAT": _dnat,
    "REDIRECT": _redirect,
    "MARK": _mark,
    "CONNMARK": _connmark,
    "NOTRACK": lambda _: [Untrack()],
    "CT": _ct,
    "QUEUE": lambda _: [Doubt("target QUEUE", decides=True)],
    "NFQUEUE": lambda _: [Doubt("target NFQUEUE", decides=True)],
    "TPROXY": lambda _: [Doubt("target TPROXY", decides=True)],
    "SYNPROXY": lambda _: [Doubt("target SYNPROXY", decides=True)],
    "TARPIT": lambda _: [Doubt("target TARPIT", decides=True)],
    "HMARK": lambda _: [Mark("mark", 0, None)],
    "NETMAP": lambda _: [Doubt("target NETMAP", decides=True)],
    "CLUSTERIP": lambda _: [Doubt("target CLUSTERIP", decides=True)],
}
