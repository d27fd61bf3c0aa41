"""See together with other hosts: join a fleet, leave it, and say how it is doing."""

import asyncio
import os
import socket
import sys
import time
from pathlib import Path
from typing import TextIO

import click

from scanwarden.cli.options import config_option, format_option
from scanwarden.config import DEFAULT_FILE, Settings, load
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.daemon.privileges import Account
from scanwarden.fleet.hosts import JoinToken
from scanwarden.fleet.membership import Membership
from scanwarden.fleet.overview import HostView, Overview
from scanwarden.fleet.running import join, leave_fleet, overview
from scanwarden.formats.text.words import counted

EXIT_FAULT = 1


@click.group("fleet")
def command() -> None:
    """Let many hosts see together what none sees alone, and refuse a scanner together. Needs NATS JetStream.

    Once: `fleet init` where `scanwarden correlate` runs; it prints a join token. On every host: `fleet join`, and
    enabled = true in [fleet].
    """


@command.command("init")
@config_option
def init(config: Path | None) -> int:
    """Make the authority's key and print the token to join with. Keep it: whoever has it can enrol hosts."""
    settings = _settings(config)
    token = _membership(settings).init()
    _hand_over(settings)
    click.echo(str(token))
    return 0


@command.command("join")
@click.option("--name", metavar="NAME", help="Name of this host in the fleet; without it, the host's own.")
@click.option(
    "--token-file",
    metavar="FILE",
    type=click.File(),
    default="-",
    help="File that holds the join token; standard input without it. It is not kept.",
)
@config_option
def join_command(name: str | None, token_file: TextIO, config: Path | None) -> int:
    """Make this host a member."""
    if token_file.name == "<stdin>" and sys.stdin.isatty():
        click.echo("Join token: ", nl=False, err=True)
    token = JoinToken.parse(token_file.readline())
    host = name or socket.gethostname().split(".")[0].lower()
    settings = _settings(config)
    asyncio.run(join(settings, host, token))
    _hand_over(settings)
    if settings.of(FleetSettings).enabled:
        click.echo(f"{host} has joined.")
    else:
        click.echo(f"{host} has joined. Now set enabled = true in [fleet] and restart the service.")
    return 0


@command.command("leave")
@click.option("--name", metavar="NAME", help="Take another host off the list, where the authority's key is.")
@config_option
def leave_command(name: str | None, config: Path | None) -> int:
    """Take this host off the list and remove its key."""
    click.echo(f"{asyncio.run(leave_fleet(_settings(config), name))} has left")
    return 0


@command.command("status")
@format_option
@config_option
def status(fmt: str, config: Path | None) -> int:
    """Say how the fleet is doing, and which hosts are in trouble.

    Each host is listed with the contacts it reported, the bans it followed and those it refused, as its own rules
    protect or allow the source. A host is in trouble that is silent, lost sightings, or reports more than its quota or
    what cannot be.

    Exit status: 0, 1 if something is wrong with a host or nobody correlates.
    """
    view = asyncio.run(overview(_settings(config)))
    if fmt == "json":
        import msgspec  # noqa: PLC0415 the text needs it not

        click.echo(msgspec.json.encode(view))
    else:
        click.echo(told(view, time.time_ns()), nl=False)
    has_faults = any(host.faults(time.time_ns()) for host in view.hosts)
    return EXIT_FAULT if has_faults or view.free_partitions else 0


def told(view: Overview, now_ns: int) -> str:
    """Write the overview as lines of text: the hosts with faults first."""
    partitions = ", ".join(f"{name} ({count})" for name, count in view.correlators.items()) or "none"
    lines = [
        f"{counted(len(view.hosts), 'host')}, {counted(view.bans, 'ban')}",
        f"correlators: {partitions}",
    ]
    if view.free_partitions:
        verb = "has" if view.free_partitions == 1 else "have"
        lines.append(f"{view.free_partitions} of the partitions {verb} no correlator: start `scanwarden correlate`")
    if view.unsigned:
        lines.append(f"{counted(view.unsigned, 'message')} signed by nobody who has joined")
    if view.refused_enrolments:
        lines.append(f"{counted(view.refused_enrolments, 'enrolment')} did not hold")
    in_order = sorted(view.hosts, key=lambda one: (not one.faults(now_ns), one.host))
    lines += [f"  {host.host:<20} {host.counted:>9,} contacts  {_doing(host, now_ns)}" for host in in_order]
    return "\n".join(lines) + "\n"


def _doing(host: HostView, now_ns: int) -> str:
    """Say what is wrong with a host, else what it did about bans."""
    if faults := host.faults(now_ns):
        return "; ".join(faults)
    report = host.report
    refused = f", {report.bans_refused:,} refused" if report is not None and report.bans_refused else ""
    return f"well: {counted(report.bans_applied if report is not None else 0, 'ban')}{refused}"


def _membership(settings: Settings) -> Membership:
    return Membership(settings.of(FleetSettings).folder)


def _hand_over(settings: Settings) -> None:
    """Let the service's user read what root made."""
    if os.geteuid() == 0:
        account = Account()
        _membership(settings).give_to(account.uid, account.gid)


def _settings(config: Path | None) -> Settings:
    return load(config or DEFAULT_FILE, os.environ)
