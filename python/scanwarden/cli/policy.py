"""Say what the policy would do about a source: `scanwarden policy test ADDRESS`."""

import os
from pathlib import Path

import click
import msgspec

from scanwarden.cli.replies import ReplyFormat, print_text, reply_format
from scanwarden.config import DEFAULT_FILE, load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import Names
from scanwarden.daemon.forecast import forecast
from scanwarden.daemon.protection import compute
from scanwarden.errors import AddressError
from scanwarden.model.address import Address


@click.group("policy")
def command() -> None:
    """Ask the policy."""


@command.command("test")
@click.argument("address")
@click.option(
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_FILE,
    show_default=True,
    help="The main configuration file.",
)
@reply_format
def test(address: str, file: Path, fmt: ReplyFormat) -> int:
    """Say what would happen if ADDRESS scanned this host now, and which line decides.

    Reads the configuration and the host, not the running service. Exit status: 0, or 2 if it failed.
    """
    try:
        source = Address.parse(address)
    except AddressError as error:
        raise click.BadParameter(str(error), param_hint="ADDRESS") from error
    settings = load(file, os.environ)
    names = Names()
    names.look_up(settings.of(PolicySettings).allowlist)
    answers = forecast(source, settings, compute(), names)
    if fmt == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(answers), indent=2).decode())
        return 0
    for answer in answers:
        print_text(f"{answer.case}: {answer.action}")
        print_text(f"  because   {answer.reason}")
        print_text(f"  decided by {answer.decided_by}")
    return 0
