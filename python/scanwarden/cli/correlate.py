"""Find the scans that only the whole fleet shows."""

import os
from pathlib import Path

import click

from scanwarden.cli.fleet_parts import run_correlator_part
from scanwarden.cli.options import config_option
from scanwarden.config import DEFAULT_FILE, load


@click.command("correlate")
@config_option
def command(config: Path | None) -> int:
    """Find scans in what the fleet's hosts report, and publish bans, until SIGTERM.

    Start as many as you like, on several machines: they share the work, and take over from one that dies. Each needs
    the files authority.key and join.token of `scanwarden fleet init` in [fleet] folder. Started by root it becomes the
    user scanwarden, or nobody, once it has read them.
    """
    run_correlator_part(load(config or DEFAULT_FILE, os.environ))
    return 0
