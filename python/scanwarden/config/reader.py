"""Walk over the tables of a document and convert each to the section that is declared for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanwarden.config.convert import MISSING, Converter
from scanwarden.config.describe import found_words
from scanwarden.config.options import Section
from scanwarden.config.problem import Path
from scanwarden.config.registry import Node, tree


class SectionReader:
    """Convert a whole document; problems go to `report(path, text, remedy)`."""

    def __init__(self, report: Callable[[Path, str, str | None], None], *, is_partial: bool) -> None:
        self._report = report
        self._converter = Converter(report, is_partial=is_partial)
        self._sections: dict[type[Section], Section] = {}

    def read(self, table: dict[str, Any]) -> dict[type[Section], Section]:
        """Give the sections that are right, each under its struct."""
        self._node(tree(), table, ())
        return self._sections

    def _node(self, node: Node, table: dict[str, Any], path: Path) -> None:
        for name, child in node.children.items():
            inner = table.get(name, {})
            if isinstance(inner, dict):
                self._node(child, inner, (*path, name))
            else:
                self._report((*path, name), f"must be a table, not {found_words(inner)}", f"write [{name}] on a line")
        own = {key: value for key, value in table.items() if key not in node.children}
        if node.declaration is None:
            for key in own:
                self._converter.unknown((*path, key), list(node.children))
            return
        section = self._converter.section(node.declaration.settings, own, path, node.children)
        if section is not MISSING:
            self._sections[node.declaration.settings] = section
