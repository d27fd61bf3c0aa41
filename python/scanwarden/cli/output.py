"""Write records to standard output, as text for people or in a layout for programs, beside the progress bar."""

import os
import sys

import click

from scanwarden.cli.progress import ProgressBar
from scanwarden.formats.registry import layout_names, new_layout
from scanwarden.formats.text.layout import Paint, Role, unpainted
from scanwarden.formats.text.narrator import Narrator
from scanwarden.model.records import Record

Format = str  # TEXT, or the name of a record layout
TEXT = "text"
format_option = click.option(
    "--format",
    "fmt",
    metavar="NAME",
    type=click.Choice([TEXT, *layout_names()]),
    default=TEXT,
    show_default=True,
    help=f"Text for people, or lines for programs: {', '.join(layout_names())}.",
)
EXIT_PIPE_CLOSED = 141  # 128 + SIGPIPE, as shells say it

# ISO 6429 (ECMA-48) "select graphic rendition": bold, red, green, cyan, faint.
_CODES: dict[Role, str] = {"headline": "1", "alarm": "1;31", "good": "32", "label": "36", "faint": "2"}


class Output:
    """Tell records in the chosen format."""

    def __init__(self, fmt: Format, narrator: Narrator, *, progress: ProgressBar | None = None) -> None:
        self._layout = None if fmt == TEXT else new_layout(fmt)
        self._narrator = narrator
        self._progress = progress

    def tell(self, record: Record) -> None:
        """Write one record at once."""
        lines = self._narrator.lines(record) if self._layout is None else self._layout.lines(record)
        if lines:
            self._write("".join(f"{line}\n" for line in lines).encode())

    def remark(self, line: str) -> None:
        """Write a line that is no record: among the text, or on standard error beside lines for programs."""
        if self._layout is None:
            self._write(f"{line}\n".encode())
        else:
            click.echo(line, err=True)

    def _write(self, output: bytes) -> None:
        if self._progress is not None:
            self._progress.hide()
        write_out(output)


def write_out(output: bytes) -> None:
    """Write bytes to standard output at once; if nobody reads any more, end quietly, as `yes | head` does."""
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
