"""List the bans in force."""

from pathlib import Path

import click

from scanwarden.cli.replies import ReplyFormat, print_json, print_text, read_socket, reply_format
from scanwarden.control.client import ControlClient


@click.command("bans")
@read_socket
@reply_format
def command(*, socket: Path, fmt: ReplyFormat) -> int:
    """List the bans in force, the last made first. Exit status: 0, or 2 if the service does not answer."""
    bans = ControlClient(socket).bans()
    if fmt == "json":
        print_json(bans)
        return 0
    for ban in bans:
        until = str(ban.expires_at)[:19]
        print_text(f"{ban.source!s:<20} until {until}Z  {ban.scan or 'by hand':<19}  {ban.reason}")
    if not bans:
        print_text("nobody is banned")
    return 0
