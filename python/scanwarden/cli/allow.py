"""Never ban a network until the next reload."""

from pathlib import Path

import click

from scanwarden.cli.options import Format, admin_socket, format_option
from scanwarden.cli.params import NETWORK
from scanwarden.cli.replies import tell_done
from scanwarden.control.client import ControlClient
from scanwarden.model.address import Prefix


@click.command("allow")
@click.argument("source", metavar="NET", type=NETWORK)
@admin_socket
@format_option
def command(*, source: Prefix, socket: Path, fmt: Format) -> int:
    """Never ban an address or network until the next reload, and lift its ban.

    Needs root. Exit status: 0, or 2 if it was not done.
    """
    return tell_done(ControlClient(socket).allow(source), fmt)
