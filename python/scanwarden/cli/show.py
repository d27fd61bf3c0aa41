"""Show all that is known of one scan."""

from pathlib import Path

import click

from scanwarden.cli.asking import open_store, stored_scan, write_json, write_lines
from scanwarden.cli.known import known_lines, known_of
from scanwarden.cli.options import Format, config_option, format_option, store_option
from scanwarden.cli.stored_text import scan_story
from scanwarden.cli.terminal import painter


@click.command("show")
@click.argument("scan_id", metavar="ID")
@store_option
@config_option
@format_option
def command(*, scan_id: str, store: Path | None, config: Path | None, fmt: Format) -> int:
    """Show all that is known of one scan; ID may be cut as long as it fits only one.

    Exit status: 0, or 2 if there is no such scan.
    """
    with open_store(store, config) as reader:
        scan = stored_scan(reader, scan_id)
    if fmt == "json":
        write_json(scan)
    else:
        known = known_of(scan.statement.source.address, config)
        write_lines([*scan_story(scan, painter()), *known_lines(known, painter())])
    return 0
