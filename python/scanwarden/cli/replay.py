"""Find scans in capture files."""

import click

from scanwarden.cli.output import Format, Output, format_option, painter
from scanwarden.cli.params import NETWORK
from scanwarden.cli.program import EXIT_FAILED, EXIT_INTERRUPTED, complain
from scanwarden.cli.progress import ProgressBar
from scanwarden.daemon.replay import Replay, ReplayOptions, Totals
from scanwarden.formats.text.narrator import Narrator
from scanwarden.formats.text.words import counted, listed
from scanwarden.model.address import Prefix

EXIT_NO_SCAN = 0
EXIT_SCAN_FOUND = 1
FEWEST_RATED_PACKETS = 1000  # below, the rate measures how long it takes to start


@click.command("replay")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--home",
    metavar="NET",
    type=NETWORK,
    multiple=True,
    help="Address or network watched over; may be given often. Without it, whoever answers others is home.",
)
@format_option
@click.option("--explain", is_flag=True, help="Show the evidence behind each scan.")
@click.option(
    "--threshold",
    metavar="NATS",
    type=click.FloatRange(min=0.1, max=1000),
    help="Evidence at which a scan is reported; 13.8 is a one in a million chance.",
)
def command(
    *, files: tuple[str, ...], home: tuple[Prefix, ...], fmt: Format, explain: bool, threshold: float | None
) -> int:
    """Find scans in capture files (pcap or pcapng, also gzip or zstd; - is standard input).

    Exit status: 0 no scan, 1 a scan was found, 2 a file could not be read to its end.
    """
    progress = ProgressBar()
    output = Output(fmt, Narrator(is_live=False, explains=explain, paint=painter()), progress=progress)
    replay = Replay(ReplayOptions(home=home, threshold_nats=threshold), tell=output.tell, progress=progress.show)
    try:
        totals = replay.run(files)
    finally:
        progress.hide()
    for failure in totals.failures:
        complain(failure.message, failure.remedy)
    output.remark(summary(totals))
    return exit_status(totals)


def summary(totals: Totals) -> str:
    """Say in a line what was read, what was found, and how fast."""
    parts = [
        f"{counted(totals.scans, 'scan')} in {counted(totals.packets, 'packet')} of {counted(totals.files, 'file')}",
        _speed(totals),
        _malformed(totals),
        "interrupted, so the rest was not read" if totals.was_interrupted else None,
    ]
    return "; ".join(part for part in parts if part)


def exit_status(totals: Totals) -> int:
    """Give the exit status: a failure outweighs an interruption, and that a scan."""
    if totals.failures:
        return EXIT_FAILED
    if totals.was_interrupted:
        return EXIT_INTERRUPTED
    return EXIT_SCAN_FOUND if totals.scans else EXIT_NO_SCAN


def _speed(totals: Totals) -> str | None:
    rate = totals.packets_per_cpu_second
    if rate is None or totals.packets < FEWEST_RATED_PACKETS:
        return None
    return f"{rate:,.0f} packets per CPU second"


def _malformed(totals: Totals) -> str | None:
    if not totals.malformed:
        return None
    reasons = [f"{count:,} {reason.replace('_', ' ')}" for reason, count in totals.malformed.most_common(3)]
    return f"{totals.malformed.total():,} could not be decoded ({listed(reasons)})"
