"""List the scans that are stored."""

import time
from collections.abc import Callable
from pathlib import Path

import click

from scanwarden.cli.asking import EXIT_NOTHING, open_store, write_json, write_lines
from scanwarden.cli.options import Format, config_option, format_option, store_option
from scanwarden.cli.params import MOMENT, NETWORK, PORT
from scanwarden.cli.stored_text import scan_entry
from scanwarden.cli.terminal import painter
from scanwarden.formats.text.words import counted
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Technique
from scanwarden.model.time import Timestamp
from scanwarden.store import Reader, ScanFilter
from scanwarden.store.codec import TECHNIQUES
from scanwarden.store.views import Protocol, ScanRow

FOLLOW_EVERY_S = 1.0
MAX_LISTED = 1000
MAX_TEXT_CHARS = 200


@click.command("scans")
@click.option("--since", metavar="WHEN", type=MOMENT, help="Seen since then, as in 24h, 7d or 2026-01-02.")
@click.option("--until", metavar="WHEN", type=MOMENT, help="Opened until then.")
@click.option("--source", metavar="NET", type=NETWORK, help="From this address or network.")
@click.option(
    "--technique",
    "techniques",
    metavar="NAME",
    type=click.Choice(TECHNIQUES),
    multiple=True,
    help="Used this technique, such as tcp_syn; given often, at least one of them.",
)
@click.option("--severity", metavar="1-5", type=click.IntRange(1, 5), help="At least so grave.")
@click.option("--port", metavar="PORT", type=PORT, help="Touched this port, as in 22 or udp/53.")
@click.option("--text", metavar="TEXT", help="Has this text in its source, tool, sensor, id or group.")
@click.option("--open", "is_open", is_flag=True, help="Is still going on.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, MAX_LISTED), default=20, show_default=True, help="List at most N."
)
@click.option("--follow", is_flag=True, help="Go on with what opens from now on, until Ctrl-C.")
@store_option
@config_option
@format_option
def command(
    *,
    since: Timestamp | None,
    until: Timestamp | None,
    source: Prefix | None,
    techniques: tuple[Technique, ...],
    severity: int | None,
    port: tuple[Protocol | None, int] | None,
    text: str | None,
    is_open: bool,
    limit: int,
    follow: bool,
    store: Path | None,
    config: Path | None,
    fmt: Format,
) -> int:
    """List the scans that are stored, the newest first.

    With --format json, one object a line. Exit status: 0, 1 if there is none, 2 if the store could not be read.
    """
    if text is not None and len(text) > MAX_TEXT_CHARS:
        raise click.BadParameter(f"has more than {MAX_TEXT_CHARS} characters", param_hint="--text")
    protocol, number = port or (None, None)
    wanted = ScanFilter(
        since=since,
        until=until,
        source=source,
        techniques=techniques,
        minimum_severity=severity,
        port=number,
        protocol=protocol,
        text=text,
        is_open=True if is_open else None,
    )
    with open_store(store, config) as reader:
        page = reader.scans(wanted, limit=limit)
        for row in page.scans:
            _tell(row, fmt)
        if fmt == "text" and not follow:
            write_lines([_footer(len(page.scans), reader.count(wanted))])
        if follow:
            following = Following(reader, wanted, told=[row.id for row in reader.scans(wanted, limit=MAX_LISTED).scans])
            return following.run(lambda row: _tell(row, fmt), wait=lambda: time.sleep(FOLLOW_EVERY_S))
    return 0 if page.scans else EXIT_NOTHING


class Following:
    """Tell scans as they open. Ids already told are kept for the newest thousand; older pages are never asked for."""

    def __init__(self, reader: Reader, wanted: ScanFilter, *, told: list[str]) -> None:
        self._reader = reader
        self._wanted = wanted
        self._told = set(told)

    def run(self, tell: Callable[[ScanRow], None], *, wait: Callable[[], None]) -> int:
        """Look again after each wait, until the user interrupts; give the exit status."""
        try:
            while True:
                wait()
                self.look(tell)
        except KeyboardInterrupt:
            return 0

    def look(self, tell: Callable[[ScanRow], None]) -> None:
        """Tell what is new, the oldest first."""
        newest = self._reader.scans(self._wanted, limit=MAX_LISTED).scans
        for row in reversed(newest):
            if row.id not in self._told:
                tell(row)
        self._told = {row.id for row in newest}


def _tell(row: ScanRow, fmt: Format) -> None:
    if fmt == "json":
        write_json(row)
    else:
        write_lines(scan_entry(row, painter()))


def _footer(listed: int, count: int) -> str:
    if not count:
        return "no scan fits"
    return counted(count, "scan") if listed == count else f"{listed} of {counted(count, 'scan')}; --limit lists more"
