"""Have the service read its configuration again."""

from pathlib import Path

import click

from scanwarden.cli.replies import ReplyFormat, admin_socket, print_json, print_text, reply_format
from scanwarden.control.client import ControlClient


@click.command("reload")
@admin_socket
@reply_format
def command(*, socket: Path, fmt: ReplyFormat) -> int:
    """Have the service read its configuration again, and say which changes wait for something to be started anew.

    What is wrong in it is named, and then nothing changes. Exit status: 0, or 2 if the service refuses.
    """
    done = ControlClient(socket).reload()
    if fmt == "json":
        print_json(done)
    else:
        for line in (done.text, *done.later):
            print_text(line)
    return 0
