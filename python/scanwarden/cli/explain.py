"""Explain why something was called a scan."""

from pathlib import Path

import click

from scanwarden.cli.asking import open_store, stored_scan, write_json, write_lines
from scanwarden.cli.options import Format, config_option, format_option, store_option
from scanwarden.cli.stored_text import answer_words
from scanwarden.cli.terminal import painter
from scanwarden.formats.text import layout
from scanwarden.formats.text.evidence import explanation


@click.command("explain")
@click.argument("scan_id", metavar="ID")
@store_option
@config_option
@format_option
def command(*, scan_id: str, store: Path | None, config: Path | None, fmt: Format) -> int:
    """Explain why something was called a scan: contact by contact towards the threshold, and what was decided.

    ID may be cut as long as it fits only one scan. Exit status: 0, or 2 if there is no such scan.
    """
    with open_store(store, config) as reader:
        scan = stored_scan(reader, scan_id)
    if fmt == "json":
        write_json({"id": scan.row.id, "evidence": scan.statement.evidence, "decisions": scan.decisions})
        return 0
    paint = painter()
    lines = explanation(scan.statement, paint=paint)
    for decision in scan.decisions:
        lines += layout.row("decided", answer_words(decision), paint)
    write_lines(lines)
    return 0
