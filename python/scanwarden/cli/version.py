"""Print the version of scanwarden and of what it runs on."""

import platform

import click

import scanwarden
from scanwarden._core import _native


@click.command("version")
def command() -> int:
    """Print the version of scanwarden, its core and Python."""
    click.echo(f"scanwarden {scanwarden.__version__}")
    click.echo(
        f"core {_native.__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    return 0
