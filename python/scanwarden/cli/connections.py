"""Show who is connected to this host, and who has only begun to."""

import click

from scanwarden.audit.connections import Peer, peers
from scanwarden.cli.asking import EXIT_NOTHING, write_json, write_lines
from scanwarden.cli.options import Format, format_option
from scanwarden.cli.terminal import painter
from scanwarden.formats.text.layout import Paint
from scanwarden.formats.text.words import counted, ports_of

MANY_HALF_OPEN = 8  # from one source: painted, since a client that means it finishes within a round trip
ADDRESS_WIDTH = 28
MAX_RANGES = 6


@click.command("connections")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="List at most N.",
)
@click.option("--half-open", "only_half_open", is_flag=True, help="Only sources with half-open connections.")
@format_option
def command(*, limit: int, only_half_open: bool, fmt: Format) -> int:
    """Show the TCP connections of others with this host, by source: half-open, established and closing.

    A half-open connection has had its SYN answered and nothing more: a SYN scan or flood leaves many. With --format
    json, one object a line. Exit status: 0, 1 if nobody is connected, 2 if the kernel does not tell.
    """
    found = [peer for peer in peers() if peer.half_open or not only_half_open]
    if fmt == "json":
        for peer in found[:limit]:
            write_json(peer)
    else:
        write_lines(table(found, limit, painter()))
    return 0 if found else EXIT_NOTHING


def table(found: list[Peer], limit: int, paint: Paint) -> list[str]:
    """Write sources as rows of 80 columns, and what they come to."""
    if not found:
        return ["nobody is connected"]
    head = f"{'source':<{ADDRESS_WIDTH}} {'half-open':>9} {'established':>11} {'closing':>7}  ports here"
    lines = [paint(head, "label")]
    for peer in found[:limit]:
        row = f"{peer.address!s:<{ADDRESS_WIDTH}} {peer.half_open:>9,} {peer.established:>11,} {peer.closing:>7,}"
        text = f"{row}  {ports_of(peer.ports, max_ranges=MAX_RANGES)}"
        lines.append(paint(text, "alarm" if peer.half_open >= MANY_HALF_OPEN else "plain"))
    sums = (sum(getattr(peer, name) for peer in found) for name in ("half_open", "established", "closing"))
    half_open, established, closing = sums
    left_out = f" ({len(found) - limit:,} not shown)" if len(found) > limit else ""
    total = f"{counted(len(found), 'source')}{left_out}: {half_open:,} half-open, {established:,} established"
    return [*lines, paint(f"{total}, {closing:,} closing", "faint")]
