"""Run the service."""

import os
from collections.abc import Callable
from pathlib import Path

import click

from scanwarden.cli.asking import file_option
from scanwarden.cli.fleet_parts import run_agent_part
from scanwarden.cli.output import Output, format_option
from scanwarden.config import Settings, load
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.web import WebSettings
from scanwarden.daemon.actor.part import run_actor
from scanwarden.daemon.auditing import run_auditor
from scanwarden.daemon.courier.opening import run_courier
from scanwarden.daemon.exporter import run_exporter
from scanwarden.daemon.outpost.part import outpost_socket, run_outpost
from scanwarden.daemon.reader.asking import reader_socket
from scanwarden.daemon.reader.part import run_reader
from scanwarden.daemon.service.opening import Places
from scanwarden.daemon.service.parts import run_all, run_brain, run_helper, run_scout, run_sensor
from scanwarden.formats.text.layout import unpainted
from scanwarden.formats.text.narrator import Narrator

PARTS = ("brain", "sensor", "scout", "helper", "actor", "reader", "courier", "auditor", "outpost", "exporter", "agent")


@click.command("run")
@file_option("The main configuration file; conf.d beside it is read too.")
@click.option(
    "--part",
    type=click.Choice(["all", *PARTS]),
    default="all",
    show_default=True,
    help="Run everything, or one part where systemd starts each by itself.",
)
@format_option
def command(*, file: Path, part: str, fmt: str) -> int:
    """Watch this host for good, as /etc/scanwarden/scanwarden.toml says.

    SIGHUP reads the configuration again; SIGTERM ends the service and leaves bans in force until they expire, so that
    a restart leaves no gap: `scanwarden rescue` lifts them all. Exit status: 0, or 2 if it could not start.
    """
    settings = load(file, os.environ)
    tell = Output(fmt, Narrator(is_live=True, paint=unpainted)).tell
    alone: dict[str, Callable[[], None]] = {
        "helper": lambda: run_helper(settings),
        "actor": lambda: run_actor(settings, file=file, run=Places.of(settings).run),
        "reader": lambda: run_reader(settings, path=reader_socket(Places.of(settings).run)),
        "courier": lambda: run_courier(settings),
        "exporter": lambda: run_exporter(settings),
        "auditor": lambda: run_auditor(settings),
        "outpost": lambda: run_outpost(settings, path=outpost_socket(Places.of(settings).run)),
        "brain": lambda: run_brain(settings, file=file, tell=tell),
        "sensor": lambda: run_sensor(settings),
        "scout": lambda: run_scout(settings, file=file),
        "agent": lambda: run_agent_part(settings),
    }
    if part == "all":
        return run_all(settings, file=file, tell=tell, more=_more(settings, file))
    alone[part]()
    return 0


def _more(settings: Settings, file: Path) -> dict[str, Callable[[], None]]:
    """Give the parts that other boxes than the daemon know."""
    more: dict[str, Callable[[], None]] = {}
    if settings.of(FleetSettings).enabled:
        more["agent"] = lambda: run_agent_part(settings)
    if settings.of(WebSettings).enabled:
        more["page"] = lambda: _run_page(settings, file)
    return more


def _run_page(settings: Settings, file: Path) -> None:
    from scanwarden.web.start import run_part  # noqa: PLC0415 only this part needs it

    run_part(settings, file=file)
