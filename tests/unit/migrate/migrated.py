"""Migrate texts and read what came of them as our configuration reads it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from scanwarden.config.layers import parse
from scanwarden.config.options import Section
from scanwarden.config.problem import Problem
from scanwarden.config.settings import Settings, from_layers
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile, parse_old_file

OLD = Path(__file__).parent / "old"
Migrate = Callable[[Sequence[OldFile]], Draft]
S = TypeVar("S", bound=Section)


def text_of(migrate: Migrate, *texts: str, names: Sequence[str] = ()) -> str:
    """Migrate the texts of some files and give the new configuration."""
    given = [*names, *(f"old-{number}.conf" for number in range(len(names), len(texts)))]
    return migrate([parse_old_file(name, text.encode()) for name, text in zip(given, texts, strict=True)]).finish()


def settings_of(text: str) -> Settings:
    """Read a configuration from its text."""
    problems: list[Problem] = []
    layer = parse(text.encode(), "new.toml", problems)
    assert layer is not None
    return from_layers([layer], problems)


def section_of(text: str, kind: type[S]) -> S:
    """Read one section of a configuration."""
    return settings_of(text).of(kind)


def why(text: str, line: str) -> str:
    """Give the reason that stands under a line in the part about what has no equal."""
    _, _, remarks = text.partition("# ---- What has no equal")
    rows = remarks.splitlines()
    (at,) = [number for number, row in enumerate(rows) if row.partition(": ")[2] == line]
    return rows[at + 1].removeprefix("#").strip()
