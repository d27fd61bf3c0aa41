"""Show all that is known of one source, over time."""

from pathlib import Path

import click
import msgspec

from scanwarden.cli.asking import EXIT_NOTHING, open_store, write_json, write_lines
from scanwarden.cli.known import known_lines, known_of
from scanwarden.cli.options import Format, config_option, format_option, store_option
from scanwarden.cli.params import NETWORK
from scanwarden.cli.stored_text import source_story
from scanwarden.cli.terminal import painter
from scanwarden.enrich import Known
from scanwarden.model.address import Prefix
from scanwarden.store.views import SourceSummary


class SourceAnswer(SourceSummary, frozen=True, kw_only=True):
    """What the store knows of a source, and what the user's files say of it."""

    known: Known | None


@click.command("sources")
@click.argument("address", metavar="ADDRESS", type=NETWORK)
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, 1000), default=10, show_default=True, help="List at most N scans."
)
@store_option
@config_option
@format_option
def command(*, address: Prefix, limit: int, store: Path | None, config: Path | None, fmt: Format) -> int:
    """Show all that is known of an address or a network, over time: its scans and its bans.

    Exit status: 0, 1 if nothing is known of it, 2 if the store could not be read.
    """
    with open_store(store, config) as reader:
        summary = reader.source(address, limit=limit)
    known = known_of(address.address if address.is_single else None, config)
    if fmt == "json":
        write_json(SourceAnswer(**msgspec.structs.asdict(summary), known=known))
    else:
        write_lines([*source_story(summary, painter()), *known_lines(known, painter())])
    return 0 if summary.scans or summary.bans else EXIT_NOTHING
