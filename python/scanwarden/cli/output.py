"""Write records to standard output, as text for people or as JSON lines, and keep the progress bar out of the way."""

import os
import sys
from typing import Literal

import click

from scanwarden.cli.progress import ProgressBar
from scanwarden.formats import native
from scanwarden.formats.text.layout import Paint, Role, unpainted
from scanwarden.formats.text.narrator import Narrator
from scanwarden.model.records import Record

Format = Literal["text", "json"]

EXIT_PIPE_CLOSED = 141  # 128 + SIGPIPE, as shells say it

# ISO 6429 (ECMA-48) "select graphic rendition": bold, red, green, cyan, faint.
_CODES: dict[Role, str] = {"headline": "1", "alarm": "1;31", "good": "32", "label": "36", "faint": "2"}


class Output:
    """Tell records in the chosen format."""

    def __init__(self, fmt: Format, narrator: Narrator, *, progress: ProgressBar | None = None) -> None:
        self._format = fmt
        self._narrator = narrator
        self._progress = progress

    def tell(self, record: Record) -> None:
        """Write one record at once."""
        if self._format == "json":
            self._write(native.encode(record) + b"\n")
        elif lines := self._narrator.lines(record):
            self._write("".join(f"{line}\n" for line in lines).encode())

    def remark(self, line: str) -> None:
        """Write a line that is no record: among the text, or on standard error beside JSON."""
        if self._format == "text":
            self._write(f"{line}\n".encode())
        else:
            click.echo(line, err=True)

    def _write(self, output: bytes) -> None:
        if self._progress is not None:
            self._progress.hide()
        try:
            sys.stdout.buffer.write(output)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # Whoever read our output has left; the interpreter would complain once more when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(EXIT_PIPE_CLOSED) from None


def painter() -> Paint:
    """Give colours if standard output is a terminal that wants them (https://no-color.org)."""
    wants = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return _painted if wants else unpainted


def _painted(text: str, role: Role) -> str:
    return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if text and role in _CODES else text
