"""Lay labelled rows out within a width, and paint them without knowing about terminals."""

import textwrap
from collections.abc import Callable, Iterable
from typing import Literal

from scanwarden.model.printable import printable

Role = Literal["headline", "label", "alarm", "good", "faint", "plain"]
Paint = Callable[[str, Role], str]

WIDTH = 80
INDENT = 2
LABEL_WIDTH = 10
ENTRY_INDENT = len("03:04:05 update ")
MAX_FIELD_CHARS = 2000


def unpainted(text: str, role: Role) -> str:  # noqa: ARG001 the painter that leaves the role out
    """Leave text as it is: the painter for files and pipes."""
    return text


def headline(text: str, role: Role, paint: Paint) -> list[str]:
    """Wrap the first sentence of a story, lines after the first indented."""
    return [paint(line, role) for line in _wrapped(text, first="", rest=" " * INDENT)]


def row(label: str, text: str, paint: Paint, role: Role = "plain") -> list[str]:
    """Wrap one labelled row: the label in its column, the text beside it."""
    column = f"{'':{INDENT}}{label:<{LABEL_WIDTH}}"
    lines = _wrapped(text, first=column, rest=" " * len(column))
    head = paint(column.rstrip(), "label") + " " * (len(column) - len(column.rstrip()))
    bodies = [line[len(column) :] for line in lines]
    return [head + paint(bodies[0], role), *(" " * len(column) + paint(body, role) for body in bodies[1:])]


def paragraph(text: str, paint: Paint) -> list[str]:
    """Wrap a sentence or two, all lines indented."""
    indent = " " * INDENT
    return [paint(line, "plain") for line in _wrapped(text, first=indent, rest=indent)]


def entry(text: str, role: Role, paint: Paint) -> list[str]:
    """Wrap one dated line of a live view, lines after the first under its text."""
    return [paint(line, role) for line in _wrapped(text, first="", rest=" " * ENTRY_INDENT)]


def joined(parts: Iterable[str | None], between: str = "; ") -> str:
    """Join the parts that are there."""
    return between.join(part for part in parts if part)


def _wrapped(text: str, *, first: str, rest: str) -> list[str]:
    clean = printable(text, max_chars=MAX_FIELD_CHARS)
    return textwrap.wrap(clean, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [
        first.rstrip()
    ]
