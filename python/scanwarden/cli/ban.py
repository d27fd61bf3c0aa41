"""Ban a source now."""

from pathlib import Path

import click

from scanwarden.cli.options import Format, admin_socket, format_option
from scanwarden.cli.params import DURATION, NETWORK
from scanwarden.cli.replies import tell_done
from scanwarden.control.client import ControlClient
from scanwarden.control.views import BanRequest
from scanwarden.model.address import Prefix


@click.command("ban")
@click.argument("source", metavar="NET", type=NETWORK)
@click.option("--for", "duration", metavar="TIME", type=DURATION, default=600, show_default="10m", help="How long.")
@click.option("--reason", metavar="TEXT", default="asked for by an administrator", help="Why; records will say it.")
@admin_socket
@format_option
def command(*, source: Prefix, duration: int, reason: str, socket: Path, fmt: Format) -> int:
    """Ban an address or network now, for a while.

    Needs root. Exit status: 0, or 2 if it was not done.
    """
    return tell_done(ControlClient(socket).ban(BanRequest(source=source, duration_s=duration, reason=reason)), fmt)
