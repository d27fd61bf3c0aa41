"""Draw the page of `top`, 80 columns wide or more."""

from collections.abc import Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from scanwarden.cli.top_model import Snapshot, Top
from scanwarden.formats.text import words
from scanwarden.model.printable import printable
from scanwarden.store.views import ScanRow

KEYS = "↑↓ choose   b ban 10 min   u unban   a allow   q quit"
GRAVE = 4
SPARKS = "▁▂▃▄▅▆▇█"
SPARK_WIDTH = 12
_LINES_AROUND = 6  # headline, sparkline, blank, table head, message, keys
_LINES_A_SCAN = 1


def page(top: Top, *, height: int) -> Group:
    """Draw everything for a screen of so many lines."""
    if top.latest is None:
        return Group(Text("waiting for the service"))
    rows = max(height - _LINES_AROUND, 1)
    first = max(0, min(top.chosen - rows + 1, len(top.latest.scans) - rows))
    shown = top.latest.scans[first : first + rows]
    return Group(
        _headline(top.latest),
        _traffic(top),
        Text(),
        _table(top, shown, first) if shown else Text("no scan yet", style="dim"),
        Text(printable(top.said, max_chars=300), style="yellow", overflow="ellipsis", no_wrap=True),
        Text(KEYS, style="dim"),
    )


def sparkline(values: Sequence[float], *, width: int = SPARK_WIDTH) -> str:
    """Draw the last values as bars, the highest of them as the highest bar."""
    last = list(values)[-width:]
    highest = max(last, default=0)
    if not highest:
        return "".join(SPARKS[0] for _ in last)
    return "".join(SPARKS[round(value / highest * (len(SPARKS) - 1))] for value in last)


def _headline(snapshot: Snapshot) -> Text:
    status = snapshot.status
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("scanwarden ", style="bold")
    text.append(f"{status.mode} on {', '.join(status.interfaces)}   ")
    text.append(f"{status.scans:,} scans   {words.counted(status.bans_in_force, 'ban')}")
    if trouble := status.firewall or (status.store.reason if status.store.is_degraded else None):
        text.append(f"   {printable(trouble, max_chars=120)}", style="bold red")
    return text


def _traffic(top: Top) -> Text:
    rates = top.rates()
    now = f"{rates[-1]:,.0f}" if rates else "-"
    lost = top.latest.status.dropped if top.latest else 0
    return Text(f"{now:>9} packets/s {sparkline(rates, width=40)}   {lost:,} lost", no_wrap=True, overflow="crop")


def _table(top: Top, rows: Sequence[ScanRow], first: int) -> Table:
    table = Table(box=None, pad_edge=False, expand=True, header_style="cyan", show_edge=False)
    table.add_column("source", no_wrap=True, overflow="ellipsis", ratio=5)
    table.add_column("how", no_wrap=True, overflow="ellipsis", ratio=4)
    table.add_column("ports", no_wrap=True, overflow="ellipsis", ratio=4)
    table.add_column("probes", justify="right", no_wrap=True)
    table.add_column("a second", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True, width=SPARK_WIDTH)
    table.add_column("state", no_wrap=True)
    for number, row in enumerate(rows, first):
        rates = top.rates(row.id)
        style = "reverse" if number == top.chosen else "bold red" if row.severity >= GRAVE else ""
        table.add_row(
            row.source or f"{words.counted(row.members, 'address', 'addresses')}",
            words.techniques_of(row.techniques),
            row.ports,
            f"{row.probes:,}",
            f"{rates[-1]:,.0f}" if rates and row.is_open else "",
            sparkline(rates) if row.is_open else "",
            _state(top, row),
            style=style,
        )
    return table


def _state(top: Top, row: ScanRow) -> str:
    if top.ban_of(row) is not None:
        return "banned"
    return "going on" if row.is_open else "over"
