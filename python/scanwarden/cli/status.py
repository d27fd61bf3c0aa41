"""Say how the service is doing."""

from pathlib import Path

import click

from scanwarden.cli.replies import ReplyFormat, print_json, print_text, read_socket, reply_format
from scanwarden.control.client import ControlClient
from scanwarden.control.views import Status
from scanwarden.formats.text.words import counted

EXIT_DEGRADED = 1


@click.command("status")
@read_socket
@reply_format
def command(*, socket: Path, fmt: ReplyFormat) -> int:
    """Say how the service is doing.

    Exit status: 0 if all is well, 1 if something is wrong, 2 if the service does not answer.
    """
    status = ControlClient(socket).status()
    if fmt == "json":
        print_json(status)
    else:
        for line in lines(status):
            print_text(line)
    return EXIT_DEGRADED if status.firewall or status.store.is_degraded else 0


def lines(status: Status) -> list[str]:
    """Put a status into lines for people."""
    told = [
        f"scanwarden {status.version} watches {', '.join(status.interfaces)} since {str(status.started_at)[:19]}Z",
        f"mode       {status.mode}{', tripwire set' if status.tripwire else ''}",
        f"packets    {status.packets:,} looked at, {status.dropped:,} lost",
        f"scans      {status.scans:,} found",
        f"bans       {counted(status.bans_in_force, 'ban')} in force, {status.bans_made:,} made",
        f"firewall   {status.firewall or 'in place'}" if status.mode == "enforce" else "firewall   not touched",
        f"database   {status.store.reason if status.store.is_degraded else 'written'}, {status.store.dropped:,} lost",
    ]
    told += [f"audit      {sentence}" for sentence in status.audit]
    return told + [f"not known  {gap}" for gap in status.gaps]
