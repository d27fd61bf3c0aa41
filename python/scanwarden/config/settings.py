"""Put the layers together and give checked settings, or everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import TypeVar

from msgspec import Struct

from scanwarden.config.layers import Layer, Merged, environment_layer, file_names, read_file
from scanwarden.config.options import Section
from scanwarden.config.problem import Path, Problem, WrongSettingsError
from scanwarden.config.reader import SectionReader

DEFAULT_FILE = FilePath("/etc/scanwarden/scanwarden.toml")
S = TypeVar("S", bound=Section)


class Origin(Struct, frozen=True):
    """Where an option was set: a file and line, or an environment variable."""

    file: str
    line: int | None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Settings:
    """Checked settings: one frozen struct for each section.

    A section is asked for by its struct, so that a new section needs no change here:
    `settings.of(PolicySettings).mode`.
    """

    def __init__(self, sections: Mapping[type[Section], Section], origins: Mapping[Path, Origin]) -> None:
        self._sections = dict(sections)
        self._origins = dict(origins)

    @classmethod
    def defaults(cls) -> Settings:
        """Give the settings of an empty configuration."""
        return from_layers([], [])

    def of(self, kind: type[S]) -> S:
        """Give the settings of one section; raise KeyError for a struct that is no declared section."""
        section = self._sections[kind]
        if not isinstance(section, kind):  # the mapping is keyed by the struct itself
            raise KeyError(kind)
        return section

    def with_section(self, chosen: Section) -> Settings:
        """Give the same settings with one section replaced, as an option of a command does."""
        return Settings({**self._sections, type(chosen): chosen}, self._origins)

    def origin(self, table: str, option: str, *inside: str | int) -> Origin | None:
        """Say where an option, or what is `inside` it (an element by its number), was set; None for a default."""
        return self._origins.get((*table.split("."), option, *inside))


def load(main: FilePath = DEFAULT_FILE, environment: Mapping[str, str] | None = None) -> Settings:
    """Read a configuration with its `conf.d` and overrides; raise WrongSettingsError listing all problems."""
    problems: list[Problem] = []
    layers = read_layers(main, environment or {}, problems)
    return from_layers(layers, problems)


def read_layers(main: FilePath, environment: Mapping[str, str], problems: list[Problem]) -> list[Layer]:
    """Read all layers, first the one that gives way to all others; add to `problems` what cannot be read."""
    try:
        names = file_names(main)
    except OSError as error:
        problems.append(Problem(file=str(main.parent / "conf.d"), text=f"cannot be listed: {error.strerror}"))
        names = [main]
    read = [read_file(name, problems) for name in names]
    overrides = environment_layer(environment, problems)
    return [layer for layer in (*read, overrides) if layer is not None]


def from_layers(layers: Sequence[Layer], problems: Sequence[Problem]) -> Settings:
    """Convert layers to settings; raise WrongSettingsError if there is any problem, old or new.

    Each layer is judged by itself first, so that a wrong value is reported even where a later layer
    replaces it; then all together, for what is missing or contradicts.
    """
    found = list(problems)
    merged = Merged()
    for layer in layers:
        found.extend(_problems_of(layer))
        merged.add(layer)

    def report(path: Path, text: str, remedy: str | None) -> None:
        found.append((merged.origin(path) or _NOWHERE).problem(path, text, remedy))

    sections = SectionReader(report, is_partial=False).read(merged.table)
    if found:
        raise WrongSettingsError(_in_reading_order(found))
    return Settings(sections, {path: Origin(*layer.place(path)) for path, layer in _places(merged)})


def _places(merged: Merged) -> Iterator[tuple[Path, Layer]]:
    """Yield what was set with the layer that had the last word on it: options, and the elements of lists."""
    for path, layer in merged.origins.items():
        yield path, layer
        for inner in layer.lines:
            if len(inner) > len(path) and inner[: len(path)] == path and isinstance(inner[len(path)], int):
                yield inner, layer


def _in_reading_order(problems: Sequence[Problem]) -> list[Problem]:
    """Leave out repetitions; order by line within each file, files as they were read."""
    files = list(dict.fromkeys(problem.file for problem in problems))
    return sorted(dict.fromkeys(problems), key=lambda one: (files.index(one.file), one.line or 0))


_NOWHERE = Layer(name="configuration", table={})


def _problems_of(layer: Layer) -> list[Problem]:
    found: list[Problem] = []

    def report(path: Path, text: str, remedy: str | None) -> None:
        found.append(layer.problem(path, text, remedy))

    SectionReader(report, is_partial=True).read(layer.table)
    return found
