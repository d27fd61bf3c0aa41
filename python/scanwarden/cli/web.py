"""Serve the page that shows scans and bans."""

import os
from pathlib import Path

import click
import msgspec

from scanwarden.cli.options import config_option
from scanwarden.config import DEFAULT_FILE, Settings, load
from scanwarden.config.endpoint import Listen
from scanwarden.config.sections.web import WebSettings
from scanwarden.errors import ConfigError
from scanwarden.model.printable import printable


class ListenParam(click.ParamType[Listen]):
    """An address with a port, or a unix socket."""

    name = "PLACE"

    def convert(self, value: str | Listen, param: click.Parameter | None, ctx: click.Context | None) -> Listen:
        """Read the place; fail naming the option and what to write."""
        if isinstance(value, Listen):
            return value
        try:
            return Listen.parse(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


@click.command("web")
@click.option(
    "--listen",
    metavar="PLACE",
    type=ListenParam(),
    help="Serve on 127.0.0.1:8460 or unix:/run/x.sock, not as configured.",
)
@click.option(
    "--store",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Show this store; without it, the one that the configuration names.",
)
@config_option
def command(*, listen: Listen | None, store: Path | None, config: Path | None) -> int:
    """Serve the page that shows scans and bans, until Ctrl-C.

    Reading needs no token on this host, changes always do: the token stands in a file that only its owner can read.
    Started by root for the configured service, it becomes the user scanwarden-web, or nobody, before it answers;
    with --store it stays who you are. Exit status: 0, or 2 if it could not be served.
    """
    from scanwarden.web import start  # noqa: PLC0415 it takes a third of a second

    file = config or DEFAULT_FILE
    settings = load(file, os.environ) if config is not None or file.exists() else Settings.defaults()
    if listen is not None:
        chosen = msgspec.structs.replace(settings.of(WebSettings), listen=listen)
        settings = settings.with_section(chosen)
    place = settings.of(WebSettings).listen
    shown = str(place) if place.address is None else f"http://{place}/"
    click.echo(f"The page is at {printable(shown)}")
    click.echo(f"The token for changes is in {printable(str(start.token_file(settings)))}")
    if store is None:
        start.run_part(settings, file=file)
    else:
        start.run_alone(settings, file=file, store=store)
    return 0
