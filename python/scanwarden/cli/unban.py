"""Lift the ban of a source."""

from pathlib import Path

import click

from scanwarden.cli.params import NETWORK
from scanwarden.cli.replies import ReplyFormat, admin_socket, print_json, print_text, reply_format
from scanwarden.control.client import ControlClient
from scanwarden.model.address import Prefix


@click.command("unban")
@click.argument("source", metavar="NET", type=NETWORK)
@admin_socket
@reply_format
def command(*, source: Prefix, socket: Path, fmt: ReplyFormat) -> int:
    """Lift the ban of an address, or all bans inside a network.

    Needs root. Exit status: 0, or 2 if it was not done.
    """
    done = ControlClient(socket).unban(source)
    if fmt == "json":
        print_json(done)
    else:
        print_text(done.text)
    return 0
