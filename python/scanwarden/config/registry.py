"""Find the sections: every file of `sections/` declares some, and none is listed anywhere else."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from scanwarden.config.options import Section, options_of

S = TypeVar("S", bound=Section)
_declared: dict[str, Declaration] = {}


@dataclass(frozen=True)
class Declaration:
    """A table of the configuration, its struct, and where its page comes (small ranks first)."""

    table: str
    settings: type[Section]
    rank: int


@dataclass
class Node:
    """One level of the tree of tables: `[sinks]` holds `[sinks.email]`, and may have options itself."""

    declaration: Declaration | None = None
    children: dict[str, Node] = field(default_factory=dict)


def section(table: str, *, rank: int) -> Callable[[type[S]], type[S]]:
    """Declare a struct as the settings of a table such as `policy` or `sinks.email`."""

    def declare(settings: type[S]) -> type[S]:
        _declared[table] = Declaration(table, settings, rank)
        return settings

    return declare


@cache
def declarations() -> tuple[Declaration, ...]:
    """List every declared section in the order of the reference page."""
    sections = importlib.import_module(f"{__package__}.sections")  # whose files import this module
    for module in pkgutil.iter_modules(sections.__path__, f"{sections.__name__}."):
        importlib.import_module(module.name)
    return tuple(sorted(_declared.values(), key=lambda one: (one.rank, one.table)))


@cache
def tree() -> Node:
    """Arrange the declared sections as the tables of one document."""
    root = Node()
    for declaration in declarations():
        node = root
        for name in declaration.table.split("."):
            node = node.children.setdefault(name, Node())
        node.declaration = declaration
    return root


def tables_with(option: str) -> list[str]:
    """List the tables that declare an option of this name."""
    return [one.table for one in declarations() if option in (known.name for known in options_of(one.settings))]
