"""Print what the running service answered."""

from collections.abc import Iterable
from itertools import islice

import click
import msgspec

from scanwarden.cli.options import Format
from scanwarden.control.client import ControlError
from scanwarden.control.encoding import encode
from scanwarden.control.views import Done
from scanwarden.model.printable import printable

_LINES_AT_ONCE = 1000


def tell_done(done: Done, fmt: Format) -> int:
    """Print what the service did, and return the exit status."""
    if fmt == "json":
        print_json(done)
    else:
        print_lines((done.text, *done.later))
    return 0


def print_json(answer: object) -> None:
    """Print an answer as JSON for programs."""
    click.echo(msgspec.json.format(encode(answer), indent=2).decode())


def print_received(answer: bytes) -> None:
    """Print an answer as it came, which is JSON already; raise ControlError if it is none."""
    try:
        shown = msgspec.json.format(answer, indent=2)
    except msgspec.MsgspecError as error:
        raise not_understood(error) from error
    click.echo(shown.decode())


def not_understood(error: msgspec.MsgspecError) -> ControlError:
    """Make the error of a service, of another version perhaps, whose answer is not what it should be."""
    return ControlError(f"the answer is not understood: {error}", remedy="restart the service")


def print_lines(lines: Iterable[str]) -> None:
    """Print many lines for people as `print_text` prints one, a thousand at a time: each writing costs."""
    left = iter(lines)
    while piece := [_shown(line) for line in islice(left, _LINES_AT_ONCE)]:
        click.echo("\n".join(piece))


def print_text(line: str) -> None:
    """Print one line for people; what came from the network is made printable."""
    click.echo(_shown(line))


def _shown(line: str) -> str:
    return printable(line, max_chars=1000)
