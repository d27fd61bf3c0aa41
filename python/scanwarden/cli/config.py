"""Check, show, compare and begin the configuration: `scanwarden config check|show|diff|init`."""

import os
from pathlib import Path
from typing import Literal

import click
import msgspec

from scanwarden.config import DEFAULT_FILE, Settings, WrongSettingsError, load
from scanwarden.config.describe import json_value, toml
from scanwarden.config.example import example_page
from scanwarden.config.options import options_of
from scanwarden.config.registry import declarations
from scanwarden.config.settings import Origin
from scanwarden.config.write import write_new
from scanwarden.errors import ConfigError
from scanwarden.model.printable import printable

EXIT_WRONG = 2
FILE = click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_FILE,
    show_default=True,
    help="The main file; conf.d beside it is read too.",
)
FORMAT = click.option(
    "--format", "fmt", type=click.Choice(["text", "json"]), default="text", help="Text for people or JSON for programs."
)
Format = Literal["text", "json"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One option as it is in force."""

    table: str
    option: str
    value: object
    default: object
    origin: Origin | None

    @property
    def place(self) -> str | None:
        """Say where the option was set; None for a default."""
        return None if self.origin is None else str(self.origin)


@click.group("config")
def command() -> None:
    """Check, show, compare or begin the configuration."""


@command.command("check")
@FILE
@FORMAT
def check(file: Path, fmt: Format) -> int:
    """Say everything that is wrong with the configuration, or that nothing is.

    Exit status: 0 if it is right, 2 if not.
    """
    try:
        load(file, os.environ)
    except WrongSettingsError as error:
        return _tell_problems(error, fmt)
    click.echo("[]" if fmt == "json" else f"{file} is right")
    return 0


@command.command("show")
@FILE
@FORMAT
@click.argument("what", required=False, metavar="[SECTION[.OPTION]]")
def show(file: Path, fmt: Format, what: str | None) -> int:
    """Print the options in force and where each was set, as TOML that can be read back."""
    rows = _chosen(_rows(load(file, os.environ)), what)
    if fmt == "json":
        click.echo(_json(rows))
        return 0
    table = None
    for row in rows:
        if row.table != table:
            click.echo(f"{'' if table is None else chr(10)}[{row.table}]")
            table = row.table
        if row.value is None:
            click.echo(f"# {row.option} is not set")
        else:
            comment = f"  # {printable(row.place)}" if row.place else ""
            click.echo(f"{row.option} = {toml(row.value)}{comment}")
    return 0


@command.command("diff")
@FILE
@FORMAT
def diff(file: Path, fmt: Format) -> int:
    """Print the options that differ from their defaults, and where each was set."""
    rows = [row for row in _rows(load(file, os.environ)) if row.value != row.default]
    if fmt == "json":
        click.echo(_json(rows))
        return 0
    for row in rows:
        before = "not set" if row.default is None else toml(row.default)
        click.echo(f"{row.table}.{row.option}")
        click.echo(f"  default  {before}")
        click.echo(f"  now      {toml(row.value)}")
        click.echo(f"  set in   {printable(row.place or '')}")
    if not rows:
        click.echo("every option has its default")
    return 0


@command.command("init")
@FILE
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(file: Path, force: bool) -> int:
    """Write a file in which every option stands commented out, with its default and what it does."""
    write_new(file, example_page(), replace=force)
    click.echo(f"wrote {file}; it observes and bans nobody until [policy] mode is enforce")
    return 0


def _tell_problems(error: WrongSettingsError, fmt: Format) -> int:
    if fmt == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(error.problems), indent=2).decode())
        return EXIT_WRONG
    for line in error.lines():
        click.echo(printable(line, max_chars=1000))
    count = len(error.problems)
    click.echo(f"{count} {'problem' if count == 1 else 'problems'}", err=True)
    return EXIT_WRONG


def _rows(settings: Settings) -> list[Row]:
    rows = []
    for declaration in declarations():
        section = settings.of(declaration.settings)
        for option in options_of(declaration.settings):
            origin = settings.origin(declaration.table, option.name)
            value = getattr(section, option.name)
            row = Row(table=declaration.table, option=option.name, value=value, default=option.default, origin=origin)
            rows.append(row)
    return rows


def _chosen(rows: list[Row], what: str | None) -> list[Row]:
    """Keep the rows of a section (with those below it) or of one option; raise ConfigError if there are none."""
    if what is None:
        return rows
    chosen = [row for row in rows if f"{row.table}.{row.option}" == what or f"{row.table}.".startswith(f"{what}.")]
    if not chosen:
        raise ConfigError(f"there is no section or option {what!r}", remedy="see scanwarden config show")
    return chosen


def _json(rows: list[Row]) -> str:
    listed = [
        {
            "option": f"{row.table}.{row.option}",
            "value": json_value(row.value),
            "default": json_value(row.default),
            "set_in": row.place,
        }
        for row in rows
    ]
    return msgspec.json.format(msgspec.json.encode(listed), indent=2).decode()
