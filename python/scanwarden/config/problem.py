"""Say what is wrong with a configuration: where, which option, what, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from scanwarden.errors import ConfigError

MAX_SHOWN_PROBLEMS = 50
MAX_SHOWN_CHARS = 60

Path = tuple[str | int, ...]


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a configuration."""

    file: Annotated[str, Meta(description="The file, or the environment variable.")]
    line: Annotated[int | None, Meta(description="The line, counted from 1; null for an environment variable.")] = None
    option: Annotated[str, Meta(description="The option as `section.key`; empty if the whole file is meant.")] = ""
    text: str
    remedy: str | None = None

    def __str__(self) -> str:
        """Write one line as compilers do: `file:line: option: text; remedy`."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        option = f"{self.option}: " if self.option else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{place}: {option}{self.text}{remedy}"


class WrongSettingsError(ConfigError):
    """Report everything that is wrong with a configuration at once, in `problems`.

    The message names the first; whoever speaks to a person prints `lines()`.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        super().__init__(
            f"{self.problems[0]}{f' (and {more} more)' if more else ''}",
            remedy="run `scanwarden config check` to see everything that is wrong" if more else None,
        )

    def lines(self) -> list[str]:
        """Give one line for each problem, and one more if there are too many to show."""
        lines = [str(problem) for problem in self.problems[:MAX_SHOWN_PROBLEMS]]
        if len(self.problems) > MAX_SHOWN_PROBLEMS:
            lines.append(f"and {len(self.problems) - MAX_SHOWN_PROBLEMS} more problems")
        return lines


def option_name(path: Path) -> str:
    """Write the path of an option as people say it: `policy.networks[2].mode`."""
    name = ""
    for step in path:
        if isinstance(step, int):
            name += f"[{step + 1}]"
        else:
            name += f".{shown_key(step)}" if name else shown_key(step)
    return name


def shown_key(key: str) -> str:
    """Write a key so that it can be printed: odd ones quoted, escaped and cut."""
    plain = key.replace("_", "").replace("-", "")
    return key if plain.isascii() and plain.isalnum() and len(key) <= MAX_SHOWN_CHARS else shown(key)


def shown(value: object) -> str:
    """Write a value from a configuration so that it can be printed: quoted, escaped and cut."""
    text = ascii(value[: MAX_SHOWN_CHARS + 1]) if isinstance(value, str) else ascii(value)
    return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}…"
