"""Ask the running service: the options that all such commands share, and how answers are printed."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Literal

import click
import msgspec

from scanwarden.config.sections.control import ControlSettings
from scanwarden.control.client import ControlError
from scanwarden.control.encoding import encode
from scanwarden.model.printable import printable

ReplyFormat = Literal["text", "json"]
_SOCKETS = ControlSettings()
_LINES_AT_ONCE = 1000
reply_format = click.option(
    "--format", "fmt", type=click.Choice(["text", "json"]), default="text", help="Text for people or JSON for programs."
)
read_socket = click.option(
    "--socket",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=_SOCKETS.read_socket,
    show_default=True,
    help="Where the service is asked.",
)
admin_socket = click.option(
    "--socket",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=_SOCKETS.admin_socket,
    show_default=True,
    help="Where the service is told.",
)


def print_json(answer: object) -> None:
    """Print an answer as JSON for programs."""
    click.echo(msgspec.json.format(encode(answer), indent=2).decode())


def print_received(answer: bytes) -> None:
    """Print an answer as it came, which is JSON already; raise ControlError if it is none."""
    try:
        shown = msgspec.json.format(answer, indent=2)
    except msgspec.MsgspecError as error:
        raise ControlError(f"the answer is not understood: {error}", remedy="restart the service") from error
    click.echo(shown.decode())


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
