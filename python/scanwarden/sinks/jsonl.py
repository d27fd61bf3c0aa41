"""Write records to a file, one a line, and begin a new file when it is large.

`scans.jsonl` is then renamed to `scans.jsonl.1`, that one to `scans.jsonl.2`, and so on.
"""

import os
from pathlib import Path

from scanwarden.config.sections.sinks_jsonl import JsonlSettings
from scanwarden.formats.registry import new_layout
from scanwarden.model.records import Record
from scanwarden.sinks.base import SinkError, in_layout

FILE_MODE = 0o640


class JsonlFile:
    """The file and its older ones; whoever rotates it from outside is noticed at the next line."""

    name = "jsonl"

    def __init__(self, settings: JsonlSettings) -> None:
        self._settings = settings
        self._path = Path(settings.file)
        self._layout = new_layout(settings.format)
        self._descriptor: int | None = None

    def write(self, record: Record) -> None:
        """Append the lines of one record in one piece; raise SinkError if the file cannot be written."""
        lines = in_layout(self._layout.lines(record))
        if not lines:
            return
        try:
            self._append(lines)
        except OSError as error:
            self.close()
            raise SinkError(
                f"{self._path} cannot be written: {error.strerror}", remedy="see [sinks.jsonl] file"
            ) from error

    def close(self) -> None:
        """Close the file; the next line opens it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _append(self, lines: bytes) -> None:
        if self._descriptor is not None and not self._is_in_place(self._descriptor):
            self.close()
        descriptor = self._opened()
        size = os.fstat(descriptor).st_size
        if size and size + len(lines) > int(self._settings.rotate_at):
            self.close()
            self._rotate()
            descriptor, size = self._opened(), 0
        written = os.write(descriptor, lines)
        if written != len(lines):  # a full disk: no half line stays behind
            os.ftruncate(descriptor, size)
            raise OSError(0, "the disk is full")

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, FILE_MODE)
        return self._descriptor

    def _is_in_place(self, descriptor: int) -> bool:
        ours = os.fstat(descriptor)
        try:
            named = self._path.lstat()
        except FileNotFoundError:
            return False
        return (named.st_dev, named.st_ino) == (ours.st_dev, ours.st_ino)

    def _rotate(self) -> None:
        """Count every old file up by one; the oldest goes."""
        names = [
            self._path,
            *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, self._settings.keep + 1)),
        ]
        names[-1].unlink(missing_ok=True)
        for older, newer in zip(reversed(names[1:]), reversed(names[:-1]), strict=True):
            if newer.exists():
                newer.rename(older)
