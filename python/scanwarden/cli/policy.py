"""Say what the policy would do about a source: `scanwarden policy test ADDRESS`."""

import os
import textwrap
from pathlib import Path

import click
import msgspec

from scanwarden.cli.options import Format, file_option, format_option
from scanwarden.cli.replies import print_text
from scanwarden.config import load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import Names
from scanwarden.daemon.forecast import forecast
from scanwarden.daemon.protection import compute
from scanwarden.errors import AddressError
from scanwarden.formats.text.layout import WIDTH
from scanwarden.model.address import Address


@click.group("policy")
def command() -> None:
    """Ask the policy."""


@command.command("test")
@click.argument("address")
@file_option("The main configuration file.")
@format_option
def test(address: str, file: Path, fmt: Format) -> int:
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
    if len({msgspec.structs.replace(answer, case="") for answer in answers}) == 1:
        answers = [msgspec.structs.replace(answers[0], case="a scan, whether it may be forged or not")]
    for answer in answers:
        said = [("because", answer.reason), ("decided by", answer.decided_by), *(("but", one) for one in answer.but)]
        print_text(f"{answer.case}: {answer.action}")
        for title, text in said:
            for line in _folded(f"  {title:<10} {text}"):
                print_text(line)
    return 0


def _folded(line: str) -> list[str]:
    """Break a line that is wider than 80 columns under its text; names of files stay whole."""
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 13, break_long_words=False, break_on_hyphens=False)
