"""Lift everything, with or without the service."""

import os
import time
from pathlib import Path

import click

from scanwarden.cli.options import admin_socket_option, file_option
from scanwarden.config import Settings, load
from scanwarden.control.client import ControlClient, ControlError, NotRunningError
from scanwarden.daemon.actor.reach import HELPED, REHEARSED
from scanwarden.daemon.rescuing import lift_all
from scanwarden.daemon.responders import enabled
from scanwarden.daemon.service.opening import Places
from scanwarden.errors import ResponderError, ScanwardenError
from scanwarden.model.address import Prefix

EVERYBODY = (Prefix.parse("0.0.0.0/0"), Prefix.parse("::/0"))
FOLLOW_LIMIT_S = 10.0
EXIT_FAILED = 2


@click.command("rescue")
@admin_socket_option("Where a running service is told.")
@file_option("The configuration, which says what enforces bans beside nftables.")
def command(*, admin_socket: Path, file: Path) -> int:
    """Lift every ban and take the tripwire away, whether the service runs or not.

    A running service is told to lift its bans, so that it does not put them back. Needs root. Exit status: 0, or 2 if
    something could not be lifted.
    """
    settings = _settings(file)
    names = [name for name in dict.fromkeys((HELPED, *enabled(settings))) if name != REHEARSED]
    client = ControlClient(admin_socket)
    if _told_service(client):
        click.echo("the service has lifted every ban; it goes on watching, and may ban again")
        names = _left(client)
    places = Places.beside(admin_socket)
    status = 0
    for name in names:
        try:
            click.echo(lift_all(name, settings, run=places.run, helper=places.helper))
        except ResponderError as error:
            if name in enabled(settings):
                status = EXIT_FAILED
                click.echo(f"scanwarden: error: {error}", err=True)
    return status


def _settings(file: Path) -> Settings:
    """Read the configuration; one that is wrong keeps nobody from lifting what nftables holds."""
    if not file.exists():
        return Settings.defaults()
    try:
        return load(file, os.environ)
    except ScanwardenError as error:
        click.echo(f"scanwarden: the configuration is not read, so only nftables is looked at: {error}", err=True)
        return Settings.defaults()


def _left(client: ControlClient) -> list[str]:
    """Wait until the responders that follow have lifted their bans too, and name those that have not."""
    give_up_s = time.monotonic() + FOLLOW_LIMIT_S
    while True:
        try:
            responders = client.status().responders[1:]
        except (NotRunningError, ControlError):
            return []
        left = [one.name for one in responders if (one.bans_in_force or one.waiting) and one.name != REHEARSED]
        if not left or time.monotonic() > give_up_s:
            return left
        time.sleep(0.1)


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
