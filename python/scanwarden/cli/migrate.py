"""Turn the settings of another tool into ours."""

import os
from pathlib import Path

import click

from scanwarden.errors import ConfigError
from scanwarden.formats.text.words import counted
from scanwarden.migrate.old_file import read_old_file
from scanwarden.migrate.tools import TOOLS

FILE_MODE = 0o640  # settings may name secrets' places; the group is the service's


@click.command("migrate")
@click.argument("tool", metavar="TOOL", type=click.Choice(list(TOOLS)))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write to a new file of this name.")
def command(tool: str, files: tuple[str, ...], output: str | None) -> int:
    """Turn the settings of another tool into ours.

    TOOL is portsentry, iplog, psad, fail2ban or scanlogd; FILE are its settings, in the order in which it reads them,
    with its ignore list or auto_dl if it has one. Every line without an equal becomes a comment that says why.
    """
    draft = TOOLS[tool]([read_old_file(path) for path in files])
    text = draft.finish()
    if output is None:
        click.echo(text, nl=False)
    else:
        _write_new(Path(output), text)
    carried, left = counted(draft.carried_count, "line"), counted(draft.remark_count, "line")
    click.echo(f"{carried} carried over, {left} without an equal; check with: scanwarden config check", err=True)
    return 0


def _write_new(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already", remedy="name a new file, or move that one away") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
