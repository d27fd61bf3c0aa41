"""Write to standard output, in colours where a terminal wants them; apart because most questions need nothing else."""

import os
import sys

import click

from scanwarden.formats.text.layout import Paint, Role, unpainted

EXIT_PIPE_CLOSED = 141  # 128 + SIGPIPE, as shells say it

# ISO 6429 (ECMA-48) "select graphic rendition": bold, red, green, cyan, faint.
_CODES: dict[Role, str] = {"headline": "1", "alarm": "1;31", "good": "32", "label": "36", "faint": "2"}


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
