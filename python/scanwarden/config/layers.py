"""Read the layers of a configuration: the main file, `conf.d/*.toml`, the environment; and merge them.

Tables are merged key by key; any other value of a later layer replaces that of an earlier one.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from scanwarden.config.environment import overrides
from scanwarden.config.locate import lines_of_keys
from scanwarden.config.problem import Path, Problem, option_name

MAX_FILE_BYTES = 256 * 1024
MAX_FILES = 256
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(kw_only=True)
class Layer:
    """One source of settings, with the place of each of its keys."""

    name: str
    table: dict[str, Any]
    lines: dict[Path, int] = field(default_factory=dict)
    variables: dict[Path, str] = field(default_factory=dict)

    def place(self, path: Path) -> tuple[str, int | None]:
        """Give file and line (or environment variable) of a path, or of the nearest enclosing one."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.variables:
                return self.variables[path[:length]], None
            if path[:length] in self.lines:
                return self.name, self.lines[path[:length]]
        inner = [name for below, name in self.variables.items() if below[: len(path)] == path]
        return (inner[0], None) if inner else (self.name, 1)

    def problem(self, path: Path, text: str, remedy: str | None) -> Problem:
        """State what is wrong with an option at the place where this layer sets it."""
        file, line = self.place(path)
        return Problem(file=file, line=line, option=option_name(path), text=text, remedy=remedy)


@dataclass
class Merged:
    """The layers put on top of each other, with the layer that had the last word on each option."""

    table: dict[str, Any] = field(default_factory=dict)
    origins: dict[Path, Layer] = field(default_factory=dict)

    def add(self, layer: Layer) -> None:
        """Put one more layer on top."""
        self._merge(self.table, layer.table, (), layer)

    def origin(self, path: Path) -> Layer | None:
        """Give the layer that set an option, or the nearest enclosing table."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return None

    def _merge(self, below: dict[str, Any], above: dict[str, Any], path: Path, layer: Layer) -> None:
        for key, value in above.items():
            here = (*path, key)
            self.origins[here] = layer
            if isinstance(value, dict):
                inner = below.get(key)
                below[key] = inner if isinstance(inner, dict) else {}
                self._merge(below[key], value, here, layer)
            else:
                below[key] = value


def file_names(main: FilePath) -> list[FilePath]:
    """List the main file and the files of `conf.d` beside it, in lexical order; OSError passes through."""
    directory = main.parent / "conf.d"
    extra = sorted(directory.glob("*.toml")) if directory.is_dir() else []
    return [main, *extra[:MAX_FILES]]


def read_file(path: FilePath, problems: list[Problem]) -> Layer | None:
    """Read one file; report what keeps it from being read and give None."""
    try:
        with path.open("rb") as file:
            problems.extend(_mode_problems(path, os.fstat(file.fileno())))
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problems.append(Problem(file=str(path), text=f"cannot be read: {error.strerror}", remedy=_read_remedy(error)))
        return None
    return parse(content, str(path), problems)


def parse(content: bytes, name: str, problems: list[Problem]) -> Layer | None:
    """Parse the bytes of one file; report what keeps it from being TOML and give None."""
    if len(content) > MAX_FILE_BYTES:
        problems.append(Problem(file=name, text=f"is larger than {MAX_FILE_BYTES} bytes"))
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(file=name, line=line, text="is not UTF-8 text", remedy="save the file as UTF-8"))
        return None
    try:
        table = tomllib.loads(text)
    except RecursionError:
        problems.append(Problem(file=name, line=1, text="is nested too deeply"))
        return None
    except ValueError as error:  # tomllib raises its subclass for syntax, ValueError itself for endless numbers
        problems.append(_syntax_problem(name, text, error))
        return None
    return Layer(name=name, table=table, lines=lines_of_keys(text))


def environment_layer(environment: Mapping[str, str], problems: list[Problem]) -> Layer:
    """Arrange the overrides of the environment as a layer."""
    layer = Layer(name="environment", table={})
    for path, (variable, text) in overrides(environment).items():
        table = layer.table
        for step in path[:-1]:
            inner = table.setdefault(step, {})
            if not isinstance(inner, dict):
                break
            table = inner
        else:
            if path[-1] not in table and all(path):
                table[path[-1]] = text
                layer.variables[path] = variable
                continue
        problems.append(Problem(file=variable, text="names no option, or a table that another variable sets"))
    return layer


def _syntax_problem(name: str, text: str, error: ValueError) -> Problem:
    message = str(error)
    position = _POSITION.search(message)
    last_line = text.count("\n") + 1
    line = int(position[1]) if position and position[1] else last_line
    what = _POSITION.sub("", message)
    what = ascii(what)[1:-1] if not what.isprintable() else what
    column = f", column {position[2]}" if position and position[2] else ""
    return Problem(
        file=name,
        line=min(line, last_line),
        text=f"is not valid TOML{column}: {what[:1].lower()}{what[1:120]}",
        remedy=_syntax_remedy(text.split("\n")[min(line, last_line) - 1]),
    )


def _syntax_remedy(line: str) -> str | None:
    _, equals, value = line.partition("=")
    value = value.split("#")[0].strip()
    if equals and value and value not in ("true", "false") and value[0] not in "\"'[{+-0123456789":
        return "put texts into quotes"
    if equals and value[:1].isdigit() and value[-1:].isalpha():
        return "put values with a unit into quotes"
    return None


def _mode_problems(path: FilePath, found: os.stat_result) -> list[Problem]:
    if found.st_mode & stat.S_IWOTH and stat.S_ISREG(found.st_mode):
        return [Problem(file=str(path), text="can be written by everybody", remedy=f"run `chmod o-w {path}`")]
    return []


def _read_remedy(error: OSError) -> str | None:
    if isinstance(error, FileNotFoundError):
        return "run `scanwarden config init` to write one"
    return "run as root or as the user of the service" if isinstance(error, PermissionError) else None
