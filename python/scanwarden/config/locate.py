"""Find the line of every key of a TOML text.

The standard library's parser keeps no positions. This one reads a text that `tomllib` has already
accepted, so it need not judge anything: it only walks over it and notes where keys and the
elements of lists begin. On a text it cannot follow it gives what it has found so far.
"""

from __future__ import annotations

import string
import tomllib
from contextlib import suppress

from scanwarden.config.problem import Path

MAX_DEPTH = 60
_BLANK = " \t"
_BARE_KEY = frozenset(string.ascii_letters + string.digits + "_-")


class _LostError(Exception):
    """The text is not what was expected."""


def lines_of_keys(text: str) -> dict[Path, int]:
    """Map each key path, such as `("policy", "ladder", 0)`, to its line, counted from 1."""
    walker = _Walker(text.replace("\r\n", "\n"))
    with suppress(_LostError):  # the caller falls back on the nearest enclosing path that was found
        walker.walk()
    return walker.lines


class _Walker:
    """Walk over a TOML document once (grammar: TOML 1.0.0)."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._line = 1
        self._tables_seen: dict[Path, int] = {}

    def walk(self) -> None:
        table: Path = ()
        while self._skip_to_content():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table, 0)

    def _peek(self, count: int = 1) -> str:
        return self._text[self._at : self._at + count]

    def _step(self, count: int = 1) -> None:
        self._line += self._text.count("\n", self._at, self._at + count)
        self._at += count

    def _expect(self, mark: str) -> None:
        if self._peek(len(mark)) != mark:
            raise _LostError
        self._step(len(mark))

    def _skip_blank(self) -> None:
        while self._peek() and self._peek() in _BLANK:
            self._at += 1

    def _skip_to_content(self) -> bool:
        """Pass blanks, line ends and comments; say whether anything is left."""
        while char := self._peek():
            if char == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif char in _BLANK or char == "\n":
                self._step()
            else:
                return True
        return False

    def _header(self) -> Path:
        line = self._line
        is_list = self._peek(2) == "[["
        self._step(2 if is_list else 1)
        path = self._inside_lists(self._key())
        self._expect("]]" if is_list else "]")
        if is_list:
            index = self._tables_seen.get(path, -1) + 1
            self._tables_seen[path] = index
            self.lines.setdefault(path, line)
            path = (*path, index)
        self.lines.setdefault(path, line)
        return path

    def _inside_lists(self, keys: list[str]) -> Path:
        """Complete `[a.b]` by the index of the last `[[a]]`, if there is one."""
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if position + 1 < len(keys) and path in self._tables_seen:
                path = (*path, self._tables_seen[path])
        return path

    def _key(self) -> list[str]:
        keys = []
        while True:
            self._skip_blank()
            keys.append(self._key_part())
            self._skip_blank()
            if self._peek() != ".":
                return keys
            self._step()

    def _key_part(self) -> str:
        start = self._at
        if self._peek() in ('"', "'"):
            self._string()
            try:
                return next(iter(tomllib.loads(f"{self._text[start : self._at]} = 0")))
            except tomllib.TOMLDecodeError as error:
                raise _LostError from error
        while self._peek() and self._peek() in _BARE_KEY:
            self._at += 1
        if self._at == start:
            raise _LostError
        return self._text[start : self._at]

    def _pair(self, table: Path, depth: int) -> None:
        line = self._line
        path = table
        for key in self._key():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._expect("=")
        self._skip_blank()
        self._value(path, depth)

    def _value(self, path: Path, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _LostError
        self.lines.setdefault(path, self._line)
        char = self._peek()
        if char in ('"', "'"):
            self._string()
        elif char == "[":
            self._list(path, depth)
        elif char == "{":
            self._inline_table(path, depth)
        else:
            self._bare_value()

    def _bare_value(self) -> None:
        start = self._at
        while self._peek() and self._peek() not in ",]}\n#":
            self._at += 1
        if self._at == start:
            raise _LostError

    def _list(self, path: Path, depth: int) -> None:
        self._expect("[")
        index = 0
        while self._skip_to_content() and self._peek() != "]":
            self._value((*path, index), depth + 1)
            index += 1
            self._skip_to_content()
            if self._peek() == ",":
                self._step()
        self._expect("]")

    def _inline_table(self, path: Path, depth: int) -> None:
        self._expect("{")
        while self._skip_to_content() and self._peek() != "}":
            self._pair(path, depth + 1)
            self._skip_to_content()
            if self._peek() == ",":
                self._step()
        self._expect("}")

    def _string(self) -> None:
        quote = self._peek()
        mark = quote * 3 if self._peek(3) == quote * 3 else quote
        self._step(len(mark))
        while self._peek() and self._peek(len(mark)) != mark:
            self._step(2 if quote == '"' and self._peek() == "\\" else 1)
        self._expect(mark)
        while len(mark) == 3 and self._peek() == quote:  # `""""` ends a text that ends in a quote
            self._step()
