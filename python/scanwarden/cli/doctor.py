"""Look at the host: what is missing, what gets in the way, and what to do."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from scanwarden.cli.doctor_fleet import agent_finding, examine_fleet
from scanwarden.cli.options import Format, file_option, format_option
from scanwarden.cli.replies import print_json, print_text
from scanwarden.config import Settings, load
from scanwarden.config.sections.control import ControlSettings
from scanwarden.config.sections.fleet import FleetSettings
from scanwarden.control.client import ControlClient, ControlError, NotRunningError
from scanwarden.daemon.doctor import examine, examine_responder
from scanwarden.daemon.protection import compute
from scanwarden.daemon.responders import configured_responder, enabled
from scanwarden.daemon.surroundings import Finding
from scanwarden.errors import ScanwardenError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.nftables import NftablesResponder

EXIT_BAD = 1
LIMIT_S = 5.0


@click.command("doctor")
@file_option("The configuration, which says what is to enforce bans and where the service is asked.")
@format_option
def command(*, file: Path, fmt: Format) -> int:
    """Say what this host lacks to run scanwarden, what gets in the way, and what to do. Changes nothing.

    Exit status: 0 if nothing is missing, 1 if something is.
    """
    findings = examine(compute(), check_firewall=NftablesResponder().check)
    findings += _configured(file)
    if fmt == "json":
        print_json(findings)
    else:
        for found in findings:
            print_text(f"{found.level:<5} {found.topic}: {found.text}")
            if found.remedy:
                print_text(f"      {found.remedy}")
    return EXIT_BAD if any(found.level == "bad" for found in findings) else 0


def _configured(file: Path) -> Iterator[Finding]:
    """Look at the other responders that the configuration enables, and ask a running service how each is doing."""
    if not file.exists():
        return
    try:
        settings = load(file, os.environ)
    except ScanwardenError as error:
        yield Finding(topic="configuration", level="bad", text=error.message, remedy=f"scanwarden config check {file}")
        return
    for name in enabled(settings):
        if name != "nftables":
            responder = configured_responder(name, settings, protected=PrefixTable())
            yield from examine_responder(name, responder.check)
    yield from examine_fleet(settings.of(FleetSettings))
    yield from _running(settings)


def _running(settings: Settings) -> Iterator[Finding]:
    try:
        status = ControlClient(settings.of(ControlSettings).read_socket, limit_s=LIMIT_S).status()
    except (NotRunningError, ControlError):
        return  # the doctor comes before the service does
    for one in status.responders:
        if one.trouble:
            unit = "scanwarden-helper" if one.name == "nftables" else "scanwarden-actor"
            remedy = f"see its log: journalctl -u {unit}"
            yield Finding(topic=f"responder {one.name}", level="bad", text=f"bans nobody: {one.trouble}", remedy=remedy)
    if status.fleet is not None:
        yield agent_finding(status.fleet)
