"""Lift the ban of a source."""

from pathlib import Path

import click

from scanwarden.cli.options import Format, admin_socket, format_option
from scanwarden.cli.params import NETWORK
from scanwarden.cli.replies import tell_done
from scanwarden.control.client import ControlClient
from scanwarden.model.address import Prefix


@click.command("unban")
@click.argument("source", metavar="NET", type=NETWORK)
@admin_socket
@format_option
def command(*, source: Prefix, socket: Path, fmt: Format) -> int:
    """Lift the ban of an address, or all bans inside a network.

    Needs root. Exit status: 0, or 2 if it was not done.
    """
    return tell_done(ControlClient(socket).unban(source), fmt)
