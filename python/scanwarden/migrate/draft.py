"""Collect what the old files become, and write it as our TOML with a comment for every line of theirs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanwarden.config.layers import Layer, parse
from scanwarden.config.problem import Problem, WrongSettingsError
from scanwarden.config.registry import declarations
from scanwarden.config.settings import from_layers
from scanwarden.errors import ConfigError
from scanwarden.migrate.old_file import OldFile, OldLine
from scanwarden.migrate.toml_text import Value, toml_inline, toml_key, toml_text

Elements = list[str]


@dataclass
class _Option:
    """An option of ours with the old lines it comes from, and what to know about it."""

    value: Value
    lines: list[OldLine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Entry:
    """One table of a list of tables, such as `[[connections.ignore]]`."""

    table: str
    options: Mapping[str, Value]
    line: OldLine


class Draft:
    """The configuration in the making.

    A line of an old file is either behind an option, an entry of a list, or remarked upon; `finish` remarks upon those
    that were forgotten, and refuses to give a text that our own configuration would refuse.
    """

    def __init__(self, tool: str, files: Iterable[OldFile]) -> None:
        self._tool = tool
        self._files = tuple(files)
        self._options: dict[tuple[str, str], _Option] = {}
        self._entries: list[_Entry] = []
        self._remarks: list[tuple[OldLine, str]] = []
        self._advice: list[str] = []
        self._accounted: set[OldLine] = set()

    @property
    def remark_count(self) -> int:
        """Say how many lines have no equal, or none in part."""
        return len({line for line, _ in self._remarks})

    @property
    def carried_count(self) -> int:
        """Say how many lines became settings."""
        behind = {line for option in self._options.values() for line in option.lines}
        return len(behind | {entry.line for entry in self._entries})

    def set(self, table: str, option: str, value: Value, *lines: OldLine, note: str | None = None) -> None:
        """Set an option because of these lines; a later value replaces an earlier one and keeps its lines."""
        kept = self._options.setdefault((table, option), _Option(value))
        kept.value = value
        self._because(kept, lines, note)

    def extend(self, table: str, option: str, element: str, *lines: OldLine, note: str | None = None) -> None:
        """Add an element to an option that is a list, once."""
        kept = self._options.setdefault((table, option), _Option([]))
        elements = list(kept.value) if not isinstance(kept.value, str | bool | int | float) else []
        kept.value = elements if element in elements else [*elements, element]
        self._because(kept, lines, note)

    def enter(self, table: str, options: Mapping[str, Value], line: OldLine) -> None:
        """Add one table to a list of tables."""
        self._entries.append(_Entry(table, options, line))
        self._accounted.add(line)

    def get(self, table: str, option: str) -> Value | None:
        """Give what an option is set to so far."""
        kept = self._options.get((table, option))
        return None if kept is None else kept.value

    def remark(self, line: OldLine, why: str) -> None:
        """Say why a line has no equal."""
        self._remarks.append((line, why))
        self._accounted.add(line)

    def advise(self, text: str) -> None:
        """Say something that belongs to no single line."""
        self._advice.append(text)

    def skip(self, line: OldLine) -> None:
        """State that a line is empty or a comment."""
        self._accounted.add(line)

    def finish(self) -> str:
        """Give the text; raise ConfigError naming what our configuration would not take."""
        for file in self._files:
            for line in file.lines:
                if line not in self._accounted and line.text.strip():
                    self.remark(line, f"{self._tool} has no such setting, so it was never in force")
        text = "\n".join([*self._head(), *self._tables(), *self._remark_lines()]).rstrip() + "\n"
        check(text)
        return text

    def _because(self, kept: _Option, lines: tuple[OldLine, ...], note: str | None) -> None:
        kept.lines += [line for line in lines if line not in kept.lines]
        if note is not None and note not in kept.notes:
            kept.notes.append(note)
        self._accounted.update(lines)

    def _head(self) -> list[str]:
        names = ", ".join(OldLine(file.name, 0, file.name).shown for file in self._files)
        head = [f"# Made by `scanwarden migrate {self._tool}` from {names}.", "#"]
        head += ["# Above each setting are the lines it comes from; what has no equal is at the end, with the reason."]
        for text in self._advice:
            head += ["#", f"# {text}"]
        return [*head, ""]

    def _tables(self) -> list[str]:
        used = {table for table, _ in self._options}
        order = [one.table for one in declarations() if one.table in used]
        order += sorted(used - set(order))
        text: list[str] = []
        for table in order:
            text.append(f"[{table}]")
            for (of_table, name), option in self._options.items():
                if of_table == table:
                    text += _comments(option.lines, option.notes)
                    text.append(f"{toml_key(name)} = {toml_text(option.value)}")
            text.append("")
        for entry in self._entries:
            text += [f"# {entry.line.place}: {entry.line.shown}", f"[[{entry.table}]]"]
            text += [*toml_inline(entry.options), ""]
        return text

    def _remark_lines(self) -> list[str]:
        if not self._remarks:
            return []
        text = ["# ---- What has no equal", "#"]
        for line, why in sorted(self._remarks, key=lambda one: (self._names().index(one[0].file), one[0].number)):
            text += [f"# {line.place}: {line.shown}", f"#     {why}"]
        return text

    def _names(self) -> list[str]:
        return [file.name for file in self._files]


def check(text: str) -> None:
    """Read a text as our configuration is read; raise ConfigError naming what is wrong in it."""
    problems: list[Problem] = []
    layer: Layer | None = parse(text.encode(), "the new configuration", problems)
    try:
        from_layers([layer] if layer else [], problems)
    except WrongSettingsError as error:
        raise ConfigError(f"the new configuration would be refused: {error}") from error


def _comments(lines: Iterable[OldLine], notes: Iterable[str]) -> list[str]:
    return [*(f"# {line.place}: {line.shown}" for line in lines), *(f"#     {note}" for note in notes)]
