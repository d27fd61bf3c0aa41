"""Turn tables of TOML values into sections, option by option, and report everything that is wrong.

A converter that stops at the first error makes its user play the same round again and again, so
each option is converted by itself; what is wrong is reported and left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import inspect

from scanwarden.config.describe import found_words, mismatch_remedy, words
from scanwarden.config.environment import EnvironmentText, read_text
from scanwarden.config.leaves import Leaf, leaf_of
from scanwarden.config.options import Option, Section, bare, options_of
from scanwarden.config.problem import Path, shown, shown_key
from scanwarden.config.registry import tables_with
from scanwarden.config.secret import SecretFile
from scanwarden.errors import ScanwardenError

MAX_ELEMENTS = 10_000
S = TypeVar("S", bound=msgspec.Struct)


class Missing(Enum):
    """The kind of MISSING."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""Stands for a value that is wrong or absent; what was wrong has been reported."""


class Converter:
    """Convert values and hand every problem to `report(path, text, remedy)`.

    A partial conversion looks at one layer of several: it does not ask for required options. Without
    `has_files` the files that options name are not looked at.
    """

    def __init__(
        self, report: Callable[[Path, str, str | None], None], *, is_partial: bool, has_files: bool = True
    ) -> None:
        self._report = report
        self._is_partial = is_partial
        self._has_files = has_files

    def section(
        self, kind: type[S], table: dict[str, Any], path: Path, inner_tables: Iterable[str] = ()
    ) -> S | Missing:
        """Convert a table to a struct; MISSING if anything in it is wrong or a required option absent."""
        options = options_of(kind)
        names = [option.name for option in options]
        for key in table:
            if key not in names:
                self.unknown((*path, key), [*names, *inner_tables])
        found = {option.name: self._present(option, table, (*path, option.name)) for option in options}
        if MISSING in found.values() or not table.keys() <= found.keys():
            return MISSING
        section = kind(**found)
        if isinstance(section, Section) and not self._is_partial:
            complaints = list(section.contradictions())
            for name, text in complaints:
                self._report((*path, name), text, None)
            return MISSING if complaints else section
        return section

    def unknown(self, path: Path, known: Sequence[str]) -> None:
        """Report a key that nobody declared, with the nearest right word."""
        key = str(path[-1])
        by_fold = {name.casefold(): name for name in known}
        near = get_close_matches(key.casefold().replace("-", "_"), by_fold, n=1, cutoff=0.6)
        tables = [f"[{table}]" for table in tables_with(key) if table != ".".join(map(str, path[:-1]))]
        if near:
            remedy = f'did you mean "{by_fold[near[0]]}"?'
        elif tables:
            remedy = f"it belongs to {' or '.join(tables)}"
        else:
            remedy = f"there are {', '.join(sorted(known))}"
        self._report(path, f"{shown_key(key)} is no option here", remedy)

    def _present(self, option: Option, table: dict[str, Any], path: Path) -> object:
        """Convert an option that is there; give the default of one that is not."""
        if option.name in table:
            return self._option(option, table[option.name], path)
        if option.is_required:
            if not self._is_partial:
                self._report(path, "is missing", f"it must be {words(option.kind, option.limits)}")
            return MISSING
        return option.default

    def _option(self, option: Option, value: object, path: Path) -> object:
        converted = self._value(option.kind, value, path)
        if converted is MISSING or not option.limits:
            return converted
        low, high = option.limits.get("at_least"), option.limits.get("at_most")
        for quantity in converted if isinstance(converted, tuple) else (converted,):
            if low is not None and quantity < low:
                return self._wrong(path, f"{quantity} is too small", f"the least is {low}")
            if high is not None and quantity > high:
                return self._wrong(path, f"{quantity} is too large", f"the most is {high}")
        return converted

    def _value(self, kind: inspect.Type, value: object, path: Path) -> object:
        kind, meta = bare(kind)
        if isinstance(value, EnvironmentText):
            value = read_text(value, kind)
        if (leaf := leaf_of(kind)) is not None:
            return self._leaf(leaf, kind, value, path)
        match kind:
            case inspect.LiteralType():
                return self._choice(kind, value, path)
            case inspect.VarTupleType():
                return self._list(kind, value, path)
            case inspect.DictType():
                return self._named(kind, value, path)
            case inspect.StructType():
                if not isinstance(value, dict):
                    return self._mismatch(kind, value, path)
                return self.section(kind.cls, value, path)
            case _:
                return self._scalar(kind, meta, value, path)

    def _leaf(self, leaf: Leaf, kind: inspect.Type, value: object, path: Path) -> object:
        if not isinstance(value, str):
            return self._mismatch(kind, value, path)
        try:
            parsed = leaf.parse(value)
            if isinstance(parsed, SecretFile) and self._has_files:
                parsed.check()
        except ScanwardenError as error:
            return self._wrong(path, error.message, error.remedy)
        return parsed

    def _choice(self, kind: inspect.LiteralType, value: object, path: Path) -> object:
        if value in kind.values and isinstance(value, str):
            return value
        if not isinstance(value, str):
            return self._mismatch(kind, value, path)
        near = get_close_matches(value.casefold(), [str(one) for one in kind.values], n=1, cutoff=0.5)
        remedy = f'did you mean "{near[0]}"?' if near else None
        return self._wrong(path, f"must be {words(kind)}, not {shown(value)}", remedy)

    def _list(self, kind: inspect.VarTupleType, value: object, path: Path) -> object:
        if not isinstance(value, list):
            return self._mismatch(kind, value, path)
        least, most = kind.min_length or 0, kind.max_length or MAX_ELEMENTS
        if not least <= len(value) <= most:
            return self._wrong(path, f"has {len(value)} elements; there must be {least} to {most}", None)
        elements = [self._value(kind.item_type, element, (*path, index)) for index, element in enumerate(value)]
        return MISSING if MISSING in elements else tuple(elements)

    def _named(self, kind: inspect.DictType, value: object, path: Path) -> object:
        if not isinstance(value, dict):
            return self._mismatch(kind, value, path)
        tables = {name: self._value(kind.value_type, inner, (*path, name)) for name, inner in value.items()}
        return MISSING if MISSING in tables.values() else tables

    def _scalar(self, kind: inspect.Type, meta: dict[str, Any], value: object, path: Path) -> object:
        try:
            plain = msgspec.convert(value, _annotation(kind), strict=True)
        except msgspec.ValidationError:
            return self._mismatch(kind, value, path, meta)
        if isinstance(plain, float) and not math.isfinite(plain):
            return self._mismatch(kind, value, path, meta)
        return plain

    def _mismatch(self, kind: inspect.Type, value: object, path: Path, meta: dict[str, Any] | None = None) -> Missing:
        expected = str(meta["title"]) if meta and "title" in meta else words(kind).partition(", each ")[0]
        return self._wrong(path, f"must be {expected}, not {found_words(value)}", mismatch_remedy(kind, value))

    def _wrong(self, path: Path, text: str, remedy: str | None) -> Missing:
        self._report(path, text, remedy)
        return MISSING


_PLAIN: dict[type[inspect.Type], type] = {
    inspect.BoolType: bool,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
}
_LIMITS = ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern")


def _annotation(kind: inspect.Type) -> object:
    """Rebuild the annotation of a plain type from its description."""
    limits = {name: limit for name in _LIMITS if (limit := getattr(kind, name, None)) is not None}
    return Annotated[_PLAIN[type(kind)], msgspec.Meta(**limits)]
