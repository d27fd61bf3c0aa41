"""Say in words what a kind of value is, and write values as TOML."""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct, inspect, structs

from scanwarden.config.leaves import LEAVES, leaf_of
from scanwarden.config.options import bare
from scanwarden.config.problem import shown
from scanwarden.config.quantity import ByteSize, Duration

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_TRUE_WORDS = frozenset({"yes", "on", "1", "enable", "enabled"})
_FALSE_WORDS = frozenset({"no", "off", "0", "disable", "disabled"})


def words(kind: inspect.Type, limits: dict[str, Any] | None = None, *, has_example: bool = True) -> str:
    """Name a kind of value with its limits, to go after "must be"."""
    plain, meta = bare(kind)
    limits = limits or meta.get("limits", {})
    if leaf := leaf_of(plain):
        example = f', such as "{leaf.example}"' if has_example else ""
        return f"{leaf.words}{_between(limits.get('at_least'), limits.get('at_most'))}{example}"
    match plain:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType() | inspect.FloatType():
            noun = "a whole number" if isinstance(plain, inspect.IntType) else "a number"
            return f"{noun}{_between(plain.ge, plain.le, plain.gt, plain.lt)}"
        case inspect.LiteralType():
            return "one of " + ", ".join(f'"{value}"' for value in plain.values)
        case inspect.VarTupleType():
            return f"a list{_length(plain)}, each {words(plain.item_type, limits, has_example=has_example)}"
        case inspect.StructType() | inspect.DictType():
            return "a table"
        case _:
            return str(meta.get("title", "a text"))


def found_words(value: object) -> str:
    """Name a TOML value that was found where another kind was wanted."""
    match value:
        case bool():
            return f"{str(value).lower()}"
        case int() | float():
            return f"the number {shown(value)}"
        case str():
            return f"the text {shown(value)}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"the date or time {shown(str(value))}"


def mismatch_remedy(kind: inspect.Type, value: object) -> str | None:
    """Say what to write instead, where a value of the wrong kind shows what was meant."""
    match kind, value:
        case inspect.BoolType(), str() if value.casefold() in ("true", "false"):
            return f"remove the quotes: {value.casefold()}"
        case inspect.BoolType(), str() | int() if str(value).casefold() in _TRUE_WORDS | _FALSE_WORDS:
            return f"write {'true' if str(value).casefold() in _TRUE_WORDS else 'false'} without quotes"
        case inspect.IntType() | inspect.FloatType(), str() if value.strip().isdecimal():
            return "remove the quotes"
        case inspect.VarTupleType(), str() | int():
            return f"put it into brackets: [{toml(value[:40] if isinstance(value, str) else value)}]"
        case inspect.CustomType(cls=cls), int() | float() if not isinstance(value, bool):
            return "write it in quotes, with its unit" if cls in (ByteSize, Duration) else "write it in quotes"
        case inspect.CustomType() | inspect.StrType(), list() if len(value) == 1:
            return "remove the brackets"
        case _:
            return None


def toml(value: object) -> str:
    """Write a value of a section as TOML; None cannot be written."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return "[" + ", ".join(toml(element) for element in value) + "]"
        case dict():
            return _inline(value)
        case Struct():
            return _inline({key: got for key, got in structs.asdict(value).items() if got is not None})
        case _ if type(value) in LEAVES or isinstance(value, str) or not isinstance(value, (int, float)):
            return quoted(str(value))
        case _:
            return repr(value)


def json_value(value: object) -> object:
    """Write a value of a section as JSON types; quantities, addresses and the like become texts."""
    match value:
        case tuple() | list():
            return [json_value(element) for element in value]
        case dict():
            return {key: json_value(got) for key, got in value.items()}
        case Struct():
            return {key: json_value(got) for key, got in structs.asdict(value).items()}
        case None | bool():
            return value
        case int() | float() if type(value) not in LEAVES:
            return value
        case _:
            return str(value)


def quoted(text: str) -> str:
    """Write a text as a TOML basic string; JSON's escapes are a subset of TOML's (TOML 1.0.0, String)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _inline(table: dict[str, Any]) -> str:
    pairs = [f"{key if _BARE_KEY.fullmatch(key) else quoted(key)} = {toml(value)}" for key, value in table.items()]
    return "{ " + ", ".join(pairs) + " }" if pairs else "{}"


def _between(low: object, high: object, above: object = None, below: object = None) -> str:
    if low is not None and high is not None:
        return f" from {_number(low)} to {_number(high)}"
    parts = [("of at least", low), ("above", above), ("of at most", high), ("below", below)]
    named = [f"{word} {_number(bound)}" for word, bound in parts if bound is not None]
    return f" {' and '.join(named)}" if named else ""


def _number(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


def _length(kind: inspect.VarTupleType) -> str:
    match kind.min_length, kind.max_length:
        case None, None:
            return ""
        case None, most:
            return f" of at most {most} elements"
        case least, None:
            return f" of at least {least} elements"
        case least, most:
            return f" of {least} to {most} elements"
