"""List the bans in force."""

from pathlib import Path

import click

from scanwarden.cli.options import Format, format_option, read_socket
from scanwarden.cli.replies import print_lines, print_received, print_text
from scanwarden.control.client import ControlClient
from scanwarden.control.views import BanView


@click.command("bans")
@read_socket
@format_option
def command(*, socket: Path, fmt: Format) -> int:
    """List the bans in force, the last made first. Exit status: 0, or 2 if the service does not answer."""
    client = ControlClient(socket)
    if fmt == "json":
        print_received(client.raw("/bans"))
        return 0
    bans = client.bans()
    print_lines(map(_line, bans))
    if not bans:
        print_text("nobody is banned")
    return 0


def _line(ban: BanView) -> str:
    until = str(ban.expires_at)[:19]
    return f"{ban.source!s:<20} until {until}Z  {ban.scan or 'by hand':<19}  {ban.reason}"
