"""Say what this host exposes: `scanwarden audit`."""

import os
import time
from pathlib import Path

import click
import msgspec

from scanwarden.audit.baseline import Drift, drift, propose
from scanwarden.audit.openings import Survey
from scanwarden.audit.survey import survey
from scanwarden.audit.text import survey_lines
from scanwarden.cli.asking import write_json, write_lines
from scanwarden.cli.replies import ReplyFormat, reply_format
from scanwarden.config import DEFAULT_FILE, Settings, load
from scanwarden.config.sections.audit import AuditSettings

EXIT_DRIFT = 1


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What `--format json` prints."""

    survey: Survey
    drift: list[Drift]
    proposed: list[str]


@click.group("audit", invoke_without_command=True)
@click.option(
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Read what is expected from this configuration instead of {DEFAULT_FILE}.",
)
@reply_format
@click.pass_context
def command(context: click.Context, *, file: Path | None, fmt: ReplyFormat) -> int:
    """Say which ports of this host are open, whose they are, and whether the firewall lets the outside reach them.

    Reads the sockets, the rules of nftables and iptables (so those of firewalld, ufw and Docker too) and the containers
    behind this host; sends nothing and changes nothing. Needs root to see all of it.

    Exit status: 0, 1 if something differs from [audit] expected, 2 if it failed.
    """
    if context.invoked_subcommand is not None:
        return 0
    expected = configured(file).expected
    found = survey(now_ns=time.time_ns())
    differences = drift(found.openings, expected) if expected else []
    proposed = [] if expected else propose(found.openings)
    if fmt == "json":
        write_json(Answer(survey=found, drift=differences, proposed=proposed))
    else:
        write_lines([*survey_lines(found, differences), *_ending(differences, proposed)])
    return EXIT_DRIFT if differences else 0


def configured(file: Path | None) -> AuditSettings:
    """Read `[audit]`; a host without a configuration has the defaults. Raises ConfigError."""
    if file is None and not DEFAULT_FILE.exists():
        return Settings.defaults().of(AuditSettings)
    return load(file or DEFAULT_FILE, os.environ).of(AuditSettings)


def _ending(differences: list[Drift], proposed: list[str]) -> list[str]:
    if differences:
        return ["", "Different from [audit] expected", *(f"  {one.text}" for one in differences)]
    if not proposed:
        return []
    return [
        "",
        "Nothing is expected yet. If all this is meant to be open, put this into the",
        "configuration, and any change will be told:",
        "",
        "  [audit]",
        "  expected = [",
        *(f'    "{entry}",' for entry in proposed),
        "  ]",
    ]
