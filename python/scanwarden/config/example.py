"""Make the example file from the declarations: every option, commented out, with default and description."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from scanwarden.config.describe import toml
from scanwarden.config.options import Option, options_of
from scanwarden.config.reference import inner_table, kind_sentence
from scanwarden.config.registry import declarations
from scanwarden.config.schema import first_paragraph

WIDTH = 100
HEAD = """\
# scanwarden's configuration. Everything here is optional; what is commented out shows the default.
# `scanwarden config check` says what is wrong; more files may stand in conf.d, which are read after this one.
"""


def example_page(*, is_active: bool = False) -> str:
    """Give the file; with `is_active` the options are not commented out, which sets all defaults."""
    mark = "" if is_active else "# "
    parts = [HEAD]
    for declaration in declarations():
        parts.append(f"\n{_comment(first_paragraph(declaration.settings))}[{declaration.table}]\n")
        for option in options_of(declaration.settings):
            parts.extend(_option(option, mark, declaration.table))
    return "".join(parts)


def _option(option: Option, mark: str, table: str) -> Iterator[str]:
    if (inner := inner_table(option)) is not None:
        yield "\n" + _comment(option.description)
        yield from _inner(option, inner, table)
        return
    yield "\n" + _comment(f"{option.description} {kind_sentence(option)}")
    if option.default is None:
        yield f"# {option.name} = {toml(_first_example(option))}\n"
    else:
        if option.examples:
            yield f"# Example: {option.name} = {toml(option.examples[0])}\n"
        yield f"{mark}{option.name} = {toml(option.default)}\n"


def _inner(option: Option, inner: type, table: str) -> Iterator[str]:
    """Show a list or mapping of tables by one example, always commented out."""
    name = f"{table}.{option.name}"
    yield f"# [[{name}]]\n" if option.default == () else f"# [{name}.NAME]\n"
    for below in options_of(inner):
        yield f"# {below.name} = {toml(_first_example(below))}  # {below.description}\n"


def _first_example(option: Option) -> object:
    if option.examples:
        return option.examples[0]
    values = getattr(option.kind, "values", None)
    return values[0] if values else ""


def _comment(text: str) -> str:
    return textwrap.indent(textwrap.fill(text, WIDTH - 2, break_long_words=False, break_on_hyphens=False), "# ") + "\n"
