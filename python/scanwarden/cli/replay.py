"""Find scans in captures and logs."""

from pathlib import Path

import click

from scanwarden.cli.keeping import Keeping, store_option
from scanwarden.cli.output import Format, Output, format_option
from scanwarden.cli.params import NETWORK, threshold_option, utc_offset_option, verdict_option
from scanwarden.cli.program import EXIT_FAILED, EXIT_INTERRUPTED, complain
from scanwarden.cli.progress import ProgressBar
from scanwarden.cli.terminal import painter
from scanwarden.daemon.replay import Replay, ReplayOptions, Totals
from scanwarden.formats.text.narrator import Narrator
from scanwarden.formats.text.words import counted, listed
from scanwarden.model.address import Prefix
from scanwarden.model.log_prefix import PrefixMeaning
from scanwarden.sensors.log_reading import LogReading
from scanwarden.sensors.replay import input_formats

EXIT_NO_SCAN = 0
EXIT_SCAN_FOUND = 1
FEWEST_RATED_PACKETS = 1000  # below, the rate measures how long it takes to start
FEWEST_RATED_LINES = 100_000


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
@threshold_option
@click.option(
    "--input-format",
    metavar="NAME",
    type=click.Choice(input_formats()),
    help=f"What the files are, where it is not recognised: {', '.join(input_formats())}.",
)
@utc_offset_option
@verdict_option
@click.option("--strip-path", is_flag=True, help="Lines begin with a file name and a colon, as grep prints them.")
@click.option(
    "--login-failures",
    is_flag=True,
    help="Tell each failed login, not only how often each source failed and who guesses.",
)
@store_option
def command(
    *,
    files: tuple[str, ...],
    home: tuple[Prefix, ...],
    fmt: Format,
    explain: bool,
    threshold: float | None,
    input_format: str | None,
    utc_offset: int,
    verdicts: tuple[tuple[str, PrefixMeaning], ...],
    strip_path: bool,
    login_failures: bool,
    store: Path | None,
) -> int:
    """Find scans in captures and logs (also gzip or zstd; - is standard input); what a file is, is recognised.

    Exit status: 0 no scan, 1 a scan was found, 2 a file could not be read to its end.
    """
    progress = ProgressBar()
    output = Output(fmt, Narrator(is_live=False, explains=explain, paint=painter()), progress=progress)
    options = ReplayOptions(
        home=home,
        threshold_nats=threshold,
        input_format=input_format,
        reading=LogReading(
            utc_offset_s=utc_offset,
            verdicts=verdicts,
            strips_path=strip_path,
            tells_each_failure=login_failures,
            sums_up_failures=True,
        ),
    )
    try:
        with Keeping(store, output.tell, waits=True) as keeping:
            totals = Replay(options, tell=keeping.tell, progress=progress.show).run(files)
    finally:
        progress.hide()
    for failure in totals.failures:
        complain(failure.message, failure.remedy)
    output.remark(summary(totals))
    return exit_status(totals)


def summary(totals: Totals) -> str:
    """Say in a line what was read, what was found, and how fast."""
    parts = [
        f"{counted(totals.scans, 'scan')} in {_read(totals)} of {counted(totals.files, 'file')}",
        _speed(totals),
        _malformed(totals),
        _unused(totals),
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


def _read(totals: Totals) -> str:
    packets, lines = counted(totals.packets, "packet"), counted(totals.lines, "line")
    if totals.packets and totals.lines:
        return f"{packets} and {lines}"
    return lines if totals.lines else packets


def _speed(totals: Totals) -> str | None:
    """Give the rate, unless captures and logs were mixed: their time is not kept apart."""
    rates = [
        (totals.packets >= FEWEST_RATED_PACKETS, totals.packets_per_cpu_second, "packets"),
        (totals.lines >= FEWEST_RATED_LINES, totals.lines_per_cpu_second, "lines"),
    ]
    told = [f"{rate:,.0f} {what} per CPU second" for is_enough, rate, what in rates if is_enough and rate]
    return told[0] if len(told) == 1 else None


def _unused(totals: Totals) -> str | None:
    if not totals.unused:
        return None
    reasons = [f"{count:,} {reason.replace('_', ' ')}" for reason, count in totals.unused.most_common(3)]
    return f"{counted(totals.unused.total(), 'line')} without evidence ({listed(reasons)})"


def _malformed(totals: Totals) -> str | None:
    if not totals.malformed:
        return None
    reasons = [f"{count:,} {reason.replace('_', ' ')}" for reason, count in totals.malformed.most_common(3)]
    return f"{totals.malformed.total():,} could not be decoded ({listed(reasons)})"
