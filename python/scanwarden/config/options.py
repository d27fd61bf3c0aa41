"""Read the declarations of options: the one place where their names, kinds and texts are stated.

A section is a frozen struct whose fields are its options. `Meta` on each field carries its
description, examples and limits; everything else (parser, reference page, example file, JSON
Schema) is derived from what this module reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every table of the configuration; the docstring of a subclass introduces its table."""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield (option, what is wrong) for options that are right by themselves but not together."""
        yield from ()


@dataclass(frozen=True, kw_only=True)
class Option:
    """One declared option of a section.

    `kind` is the type as msgspec describes it, without its metadata and without None; `limits`
    holds `at_least` and `at_most` of quantities.
    """

    name: str
    kind: inspect.Type
    description: str
    examples: tuple[object, ...]
    default: object
    is_required: bool
    limits: dict[str, Any]


@cache
def options_of(section: type[msgspec.Struct]) -> tuple[Option, ...]:
    """List the options of a section in the order of their declaration."""
    described = inspect.type_info(section)
    assert isinstance(described, inspect.StructType)  # noqa: S101  (a struct is described as a struct)
    return tuple(_option(field) for field in described.fields)


def bare(kind: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """Take the metadata and an allowed None off a type; give both the type and the metadata."""
    meta: dict[str, Any] = {}
    while True:
        if isinstance(kind, inspect.Metadata):
            limits = {"limits": kind.extra} if kind.extra else {}
            meta = {**(kind.extra_json_schema or {}), **limits, **meta}
            kind = kind.type
        elif isinstance(kind, inspect.UnionType):
            (kind,) = (part for part in kind.types if not isinstance(part, inspect.NoneType))
        else:
            return kind, meta


def _option(field: inspect.Field) -> Option:
    kind, meta = bare(field.type)
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    return Option(
        name=field.encode_name,
        kind=kind,
        description=meta.get("description", ""),
        examples=tuple(meta.get("examples", ())),
        default=default,
        is_required=field.required,
        limits=meta.get("limits", {}),
    )
