"""Ask the running service: the options that all such commands share, and how answers are printed."""

from pathlib import Path
from typing import Literal

import click
import msgspec

from scanwarden.config.sections.control import ControlSettings
from scanwarden.control.encoding import encode
from scanwarden.model.printable import printable

ReplyFormat = Literal["text", "json"]
_SOCKETS = ControlSettings()
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


def print_text(line: str) -> None:
    """Print one line for people; what came from the network is made printable."""
    click.echo(printable(line, max_chars=1000))
