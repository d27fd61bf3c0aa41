"""Run the service."""

import os
from pathlib import Path

import click

from scanwarden.cli.fleet_parts import run_agent_part
from scanwarden.cli.options import file_option
from scanwarden.cli.output import Output, format_option
from scanwarden.config import Settings, load
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.config.sections.web import WebSettings
from scanwarden.daemon.service import roster
from scanwarden.daemon.service.opening import Places
from scanwarden.daemon.service.roster import Part, Start, run_all, run_alone
from scanwarden.formats.text.layout import unpainted
from scanwarden.formats.text.narrator import Narrator


def _run_page(settings: Settings, start: Start) -> None:
    from scanwarden.web.start import run_part  # noqa: PLC0415 only this part needs it

    run_part(settings, file=start.file)


# Those that other boxes than the daemon know come last.
PARTS = {
    **roster.PARTS,
    "agent": Part(lambda settings, _: run_agent_part(settings), lambda settings: settings.of(FleetSettings).enabled),
    "page": Part(_run_page, lambda settings: settings.of(WebSettings).enabled),
}
ALONE = ("brain", "sensor", "scout", "helper", "actor", "reader", "courier", "auditor", "outpost", "exporter", "agent")


@click.command("run")
@file_option("The main configuration file; conf.d beside it is read too.")
@click.option(
    "--part",
    type=click.Choice(["all", *ALONE]),
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
    start = Start(file=file, run=Places.of(settings).run, tell=tell)
    if part == "all":
        return run_all(PARTS, settings, start)
    run_alone(part, PARTS, settings, start)
    return 0
