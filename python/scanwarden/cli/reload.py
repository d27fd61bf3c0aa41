"""Have the service read its configuration again."""

from pathlib import Path

import click

from scanwarden.cli.options import Format, admin_socket, format_option
from scanwarden.cli.replies import tell_done
from scanwarden.control.client import ControlClient


@click.command("reload")
@admin_socket
@format_option
def command(*, socket: Path, fmt: Format) -> int:
    """Have the service read its configuration again, and say which changes wait for something to be started anew.

    What is wrong in it is named, and then nothing changes. Exit status: 0, or 2 if the service refuses.
    """
    return tell_done(ControlClient(socket).reload(), fmt)
