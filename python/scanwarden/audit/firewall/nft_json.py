"""Read what `nft -j list ruleset` prints (libnftables-json(5)) into the typed form."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scanwarden.audit.firewall.nft_said import said
from scanwarden.audit.firewall.nft_values import element_of, is_foreign, is_understood, key_of, keys_of
from scanwarden.audit.firewall.rules import (
    Base,
    Chain,
    Choose,
    ChooseRedirect,
    Decide,
    Doubt,
    Element,
    Key,
    Mark,
    Redirect,
    Rule,
    Statement,
    Table,
    Test,
    Untrack,
)
from scanwarden.audit.firewall.spans import Spans

Json = Any
Sets = Mapping[tuple[str, str, str], list[Json] | None]
"""Elements by family, table and name; None: they could not be read."""

_HOOKS = ("ingress", "prerouting", "input", "forward", "postrouting")
_VERDICTS = ("accept", "drop", "return", "continue")
# Statements that neither decide nor change where a packet goes.
_IDLE = frozenset(
    ("counter", "log", "comment", "set", "map", "meter", "ct helper", "ct timeout", "ct expectation", "flow", "dup")
) | {"masquerade", "snat", "secmark", "last"}


def tables_of(listed: Iterable[Json], sets: Sets, *, left_out: frozenset[str]) -> list[Table]:
    """Read the objects of a listing; tables named in `left_out` (`family name`) are not there."""
    tables: dict[tuple[str, str], dict[str, tuple[Base | None, list[Rule]]]] = {}
    asleep: set[tuple[str, str]] = set()
    for entry in listed:
        kind, body = next(iter(entry.items()))
        if kind not in ("table", "chain", "rule"):
            continue
        place = (body["family"], body["name"] if kind == "table" else body["table"])
        if kind == "table" and "dormant" in body.get("flags", ()):
            asleep.add(place)
        if place in asleep or " ".join(place) in left_out:
            continue
        chains = tables.setdefault(place, {})
        if kind == "chain":
            chains[body["name"]] = (_base(body), [])
        elif kind == "rule":
            chains.setdefault(body["chain"], (None, []))[1].append(_rule(body, sets))
    return [
        Table(family, name, {one: Chain(tuple(rules), base) for one, (base, rules) in chains.items()})
        for (family, name), chains in tables.items()
    ]


def has_extensions(body: Json) -> bool:
    """Say whether a rule uses an extension of iptables, of which JSON tells no more than the name."""
    return any("xt" in one for one in body.get("expr", ()) if isinstance(one, dict))


def _base(body: Json) -> Base | None:
    if body.get("hook") not in _HOOKS:
        return None
    devices = body.get("dev", ())
    return Base(
        hook=body["hook"],
        priority=int(body["prio"]),
        policy=body.get("policy", "accept"),
        kind=body["type"],
        devices=(devices,) if isinstance(devices, str) else tuple(devices),
    )


def _rule(body: Json, sets: Sets) -> Rule:
    statements: list[Statement] = []
    for expression in body["expr"]:
        statements += _statements(expression, lambda name: sets.get((body["family"], body["table"], name)))
    where = f"{body['family']} {body['table']} {body['chain']}"
    return Rule(tuple(statements), f"rule {body['handle']} of {where}")


def _statements(expression: Json, look_up: Callable[[str], list[Json] | None]) -> list[Statement]:
    if not isinstance(expression, dict):
        return [Doubt(said(expression), decides=True)]
    kind, body = next(iter(expression.items()))
    if kind in _VERDICTS or kind in ("jump", "goto"):
        return [_decide(expression)]
    if kind in _IDLE:
        return _condition_of_update(body) if kind in ("set", "meter") else []
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(body, look_up)
    is_match = kind == "xt" and body.get("type") == "match"
    return [Doubt(said(expression), decides=not is_match)]


def _condition_of_update(body: Json) -> list[Statement]:
    """Read what a dynamic set makes the rule depend on: a rate for each sender holds for a first packet."""
    return [one for inner in (body.get("stmt") or ()) for one in _statements(inner, lambda _: None)]


def _limit(body: Json, _: object) -> list[Statement]:
    """Read a rate: a first packet is below every one, so `over` does not hold for it."""
    return [_never("limit rate over")] if isinstance(body, dict) and body.get("inv") else []


def _count(body: Json, _: object) -> list[Statement]:
    return [_never("ct count over")] if body.get("inv") else []


def _quota(_: Json, __: object) -> list[Statement]:
    return [Doubt("quota", is_understood=True)]


def _match(body: Json, look_up: Callable[[str], list[Json] | None]) -> list[Statement]:
    text = f"{said(body['left'])} {body['op'] if body['op'] not in ('==', 'in') else ''} {said(body['right'])}"
    text = " ".join(text.split())
    keys = keys_of(body["left"])
    if keys is None or body["op"] not in ("==", "!=", "in", "<", ">", "<=", ">="):
        return [Doubt(text, is_understood=is_understood(body["left"]))]
    if any(is_foreign(key) for key in keys):
        return [Test(keys, None, negated=body["op"] == "!=", text=text)]
    elements = _elements(body["right"], keys, look_up, body["op"])
    if isinstance(elements, str):
        return [Doubt(text)]
    if body["op"] == "in" and keys[0].field == "tcp flags" and elements:
        return [_any_flag(elements, text)]
    return [Test(keys, elements, negated=body["op"] == "!=", text=text)]


def _any_flag(elements: tuple[Element, ...], text: str) -> Test:
    """Compare as `tcp flags syn,ack` does: one of the bits is enough."""
    mask = sum(
        first for element in elements for value in element if isinstance(value, Spans) for first, _ in value.ranges
    )
    return Test((Key("tcp flags", "tcp", mask),), ((Spans([(1, 255)]),),), text=text)


def _elements(
    right: Json, keys: tuple[Key, ...], look_up: Callable[[str], list[Json] | None], operator: str
) -> tuple[Element, ...] | str | None:
    """Read the right side; None if a named set could not be read, a text if it is not understood."""
    if isinstance(right, str) and right.startswith("@"):
        listed = look_up(right[1:])
        if listed is None:
            return None
    elif isinstance(right, dict) and "set" in right:
        listed = right["set"] if isinstance(right["set"], list) else [right["set"]]
    else:
        listed = right if isinstance(right, list) and keys[0].field != "tcp flags" else [right]
    found: list[Element] = []
    for one in listed:
        element = element_of(one, keys, operator)
        if element is None:
            return f"{said(one)} is not understood"
        found.append(element)
    return tuple(found)


def _vmap(body: Json, look_up: Callable[[str], list[Json] | None]) -> list[Statement]:
    keys, entries = _map_entries(body, look_up)
    if keys is None or entries is None:
        return [Choose(keys or (), None, f"{said(body['key'])} vmap {said(body['data'])}")]
    return [Choose(keys, tuple((element, _decide(value)) for element, value in entries), said(body["key"]))]


def _map_entries(
    body: Json, look_up: Callable[[str], list[Json] | None]
) -> tuple[tuple[Key, ...] | None, list[tuple[Element, Json]] | None]:
    keys = keys_of(body["key"])
    source = body["data"]
    listed = look_up(source[1:]) if isinstance(source, str) else source.get("set")
    if keys is None or listed is None:
        return keys, None
    found: list[tuple[Element, Json]] = []
    for entry in listed:
        key, value = entry
        element = element_of(key, keys, "==")
        if element is None:
            return keys, None
        found.append((element, value))
    return keys, found


def _decide(expression: Json) -> Decide:
    kind, body = next(iter(expression.items()))
    return Decide(kind, body["target"] if kind in ("jump", "goto") else "")


def _reject(_: Json, __: object) -> list[Statement]:
    return [Decide("drop")]


def _dnat(body: Json, look_up: Callable[[str], list[Json] | None]) -> list[Statement]:
    body = body or {}
    address, port = body.get("addr"), body.get("port")
    number = port if isinstance(port, int) else None
    if port is not None and number is None:
        return [Doubt(f"dnat to port {said(port)}", decides=True)]
    if isinstance(address, dict) and "map" in address:
        keys, entries = _map_entries(address["map"], look_up)
        if keys is None or entries is None:
            return [ChooseRedirect((), None, text="dnat by a map that cannot be read")]
        chosen = tuple((element, _redirect_of(value)) for element, value in entries)
        return [ChooseRedirect(keys, chosen, port=number, text="dnat")]
    if address is not None and not isinstance(address, str):
        return [Doubt(f"dnat to {said(address)}", decides=True)]
    return [Redirect(address, number)]


def _redirect_of(value: Json) -> Redirect:
    parts = value["concat"] if isinstance(value, dict) and "concat" in value else [value]
    return Redirect(str(parts[0]), int(parts[1]) if len(parts) > 1 else None)


def _redirect(body: Json, _: object) -> list[Statement]:
    port = (body or {}).get("port")
    if port is not None and not isinstance(port, int):
        return [Doubt(f"redirect to {said(port)}", decides=True)]
    return [Redirect(None, port, is_own=True)]


def _mangle(body: Json, _: object) -> list[Statement]:
    key = key_of(body["key"])
    if key is None or key.field not in ("mark", "ct mark"):
        return (
            []
            if key is None or key.field not in ("daddr", "dport")
            else [Doubt(f"{said(body['key'])} set", decides=True)]
        )
    field, value = key.field, body["value"]
    if isinstance(value, int):
        return [Mark(field, 0, value)]
    other = key_of(value)
    if other is not None and other.field in ("mark", "ct mark") and other.mask is None:
        return [Mark(field, 0xFFFF_FFFF, 0, from_other=other.field != field)]
    return [Mark(field, 0, None)]


def _never(text: str) -> Statement:
    """Hold for nobody."""
    return Test((Key("sport"),), (), text=text)


_READERS: dict[str, Callable[[Json, Callable[[str], list[Json] | None]], list[Statement]]] = {
    "match": _match,
    "vmap": _vmap,
    "reject": _reject,
    "dnat": _dnat,
    "redirect": _redirect,
    "mangle": _mangle,
    "notrack": lambda _, __: [Untrack()],
    "limit": _limit,
    "ct count": _count,
    "quota": _quota,
}
