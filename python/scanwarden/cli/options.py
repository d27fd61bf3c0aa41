"""Declare the options that many commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from scanwarden.config import DEFAULT_FILE
from scanwarden.config.sections.control import ControlSettings

Format = Literal["text", "json"]
Command = TypeVar("Command", bound=Callable[..., Any])
_SOCKETS = ControlSettings()

format_option = click.option(
    "--format", "fmt", type=click.Choice(["text", "json"]), default="text", help="Text for people or JSON for programs."
)
config_option = click.option(
    "--config",
    "config",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Read this configuration instead of {DEFAULT_FILE}.",
)


def store_file_option(what: str) -> Callable[[Command], Command]:
    """Make the option `--store`, and say what is done with the file."""
    return click.option("--store", "store", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help=what)


store_option = store_file_option("Ask this store; without it, the one that the configuration names.")


def file_option(what: str) -> Callable[[Command], Command]:
    """Make the option `--config` of a command that works on the service's configuration, and say what for."""
    return click.option(
        "--config",
        "file",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        default=DEFAULT_FILE,
        show_default=True,
        help=what,
    )


def socket_option(flag: str, place: Path, what: str) -> Callable[[Command], Command]:
    """Make an option that names a socket of the service, and say what happens there."""
    return click.option(
        flag, metavar="FILE", type=click.Path(path_type=Path), default=place, show_default=True, help=what
    )


read_socket = socket_option("--socket", _SOCKETS.read_socket, "Where the service is asked.")
admin_socket = socket_option("--socket", _SOCKETS.admin_socket, "Where the service is told.")


def admin_socket_option(what: str) -> Callable[[Command], Command]:
    """Make the option `--admin-socket` of a command that asks too, or does without the service, and say what for."""
    return socket_option("--admin-socket", _SOCKETS.admin_socket, what)
