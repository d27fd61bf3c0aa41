"""Lift everything, with or without the service."""

from pathlib import Path

import click

from scanwarden.config.sections.control import ControlSettings
from scanwarden.control.client import ControlClient, ControlError, NotRunningError
from scanwarden.daemon.helper.remote import HelperLine, RemoteTool, RemoteWire
from scanwarden.daemon.service.opening import Places
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.responders.nftables import NftablesResponder
from scanwarden.responders.nftables_tripwire import NftablesTripwire

EVERYBODY = (Prefix.parse("0.0.0.0/0"), Prefix.parse("::/0"))


@click.command("rescue")
@click.option(
    "--admin-socket",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=ControlSettings().admin_socket,
    show_default=True,
    help="Where a running service is told.",
)
def command(*, admin_socket: Path) -> int:
    """Lift every ban and take the tripwire away, whether the service runs or not.

    A running service is told to lift its bans, so that it does not put them back. Needs root. Exit status: 0, or 2 if
    the firewall could not be changed.
    """
    if _told_service(ControlClient(admin_socket)):
        click.echo("the service has lifted every ban; it goes on watching, and may ban again")
        return 0
    if _told_helper(Places.beside(admin_socket).helper):
        click.echo("the firewall helper, which runs without its service, has lifted every ban")
        return 0
    responder = NftablesResponder()
    for obstacle in responder.check():
        raise ResponderError(f"cannot lift bans: {obstacle.lacks}", remedy=obstacle.remedy)
    responder.cleanup()
    NftablesTripwire().cleanup()
    click.echo("no ban of scanwarden is in force in nftables any more")
    return 0


def _told_helper(socket: Path) -> bool:
    """Have a helper that still runs, and owns the table, lift everything; False if none runs."""
    if not socket.is_socket():
        return False
    line = HelperLine(socket, connect_for_s=0.0)
    try:
        RemoteWire(line).cleanup()
        RemoteTool(line).remove()
    except ResponderError:
        return False  # its socket is still there and it is not; if it is there after all, what follows says so
    finally:
        line.close()
    return True


def _told_service(client: ControlClient) -> bool:
    """Have a running service lift its bans; False if none runs, or none that can."""
    for network in EVERYBODY:
        try:
            client.unban(network)
        except NotRunningError:
            return False
        except ControlError:
            # Nobody of this family is banned, or the service only observes or is in trouble: the count decides.
            continue
    try:
        return not client.bans()
    except (NotRunningError, ControlError):
        return False
