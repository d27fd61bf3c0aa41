"""List the bans in force."""

from pathlib import Path

import click
import msgspec

from scanwarden.cli.options import Format, format_option, read_socket
from scanwarden.cli.replies import not_understood, print_lines, print_received, print_text
from scanwarden.control.client import ControlClient


class Line(msgspec.Struct, frozen=True, gc=False):
    """What is printed of a ban, as it came: to read it and write it again takes most of the time of a long list."""

    source: str
    expires_at: str
    scan: str | None
    reason: str


@click.command("bans")
@read_socket
@format_option
def command(*, socket: Path, fmt: Format) -> int:
    """List the bans in force, the last made first. Exit status: 0, or 2 if the service does not answer."""
    answer = ControlClient(socket).raw("/bans")
    if fmt == "json":
        print_received(answer)
        return 0
    try:
        bans = msgspec.json.decode(answer, type=list[Line])
    except msgspec.MsgspecError as error:
        raise not_understood(error) from error
    print_lines(map(_text, bans))
    if not bans:
        print_text("nobody is banned")
    return 0


def _text(ban: Line) -> str:
    return f"{ban.source:<20} until {ban.expires_at[:19]}Z  {ban.scan or 'by hand':<19}  {ban.reason}"
