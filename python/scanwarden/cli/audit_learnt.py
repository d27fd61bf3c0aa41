"""Say what scanners learnt of this host, and what they look for: `scanwarden audit learnt`, `audit seekers`."""

import textwrap
import time
from pathlib import Path

import click

from scanwarden.audit.learnt import join, sentences
from scanwarden.audit.seekers import sought
from scanwarden.cli.asking import configured, open_store, write_lines
from scanwarden.cli.asking import write_json as write_one
from scanwarden.cli.options import Format, config_option, format_option, store_option
from scanwarden.cli.params import MOMENT
from scanwarden.config.sections.audit import AuditSettings
from scanwarden.model.time import Timestamp

EXIT_UNEXPECTED = 1
WIDTH = 80
_since = click.option("--since", metavar="WHEN", type=MOMENT, default="7d", show_default=True, help="From then on.")


@click.command("learnt")
@_since
@store_option
@config_option
@format_option
def learnt(*, since: Timestamp, store: Path | None, config: Path | None, fmt: Format) -> int:
    """Say which open ports scanners have learnt of that are not in [audit] expected, and who did.

    Exit status: 0, 1 if there are any, 2 if it failed.
    """
    expected = configured(config).of(AuditSettings).expected
    with open_store(store, config) as reader:
        found = join(reader.learnt(int(since), time.time_ns()), expected)
    if fmt == "json":
        write_one(found)
    else:
        told = sentences(found, has_baseline=bool(expected), period=f"since {str(since)[:16]}Z", limit=100)
        lines = [line for one in told for line in textwrap.wrap(one, WIDTH, subsequent_indent="  ")]
        write_lines(lines or ["no scanner has learnt of a port that is not expected"])
    return EXIT_UNEXPECTED if any(not one.is_expected for one in found) else 0


@click.command("seekers")
@_since
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="So many ports.")
@store_option
@config_option
@format_option
def seekers(*, since: Timestamp, limit: int, store: Path | None, config: Path | None, fmt: Format) -> int:
    """Say which services scanners look for here: ports by distinct sources, against as long a time before.

    Exit status: 0, or 2 if it failed.
    """
    with open_store(store, config) as reader:
        found = sought(reader, int(since), time.time_ns(), limit=limit)
    if fmt == "json":
        write_one(found)
        return 0
    if not found:
        write_lines(["nobody has looked for a single port in this time"])
        return 0
    rows = [f"{'PORT':<12}{'SERVICE':<20}{'SOURCES':>8}{'BEFORE':>8}  TREND"]
    rows += [
        f"{f'{one.port}/{one.protocol}':<12}{one.service[:19]:<20}{one.sources:>8}{one.before:>8}  {one.trend}"
        for one in found
    ]
    write_lines(rows)
    return 0
