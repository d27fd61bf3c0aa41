"""Find scans in archives."""

from pathlib import Path

import click

from scanwarden.cli.params import NETWORK, threshold_option, utc_offset_option, verdict_option
from scanwarden.cli.program import EXIT_FAILED, complain
from scanwarden.cli.progress import PhaseBar
from scanwarden.formats.text.words import counted, listed
from scanwarden.hunt.engines.contract import Engine
from scanwarden.hunt.engines.duck import DuckEngine
from scanwarden.hunt.engines.local import LocalEngine
from scanwarden.hunt.engines.spark import SparkEngine
from scanwarden.hunt.hunting import HuntOptions, HuntTotals, hunt
from scanwarden.model.address import Prefix
from scanwarden.model.log_prefix import PrefixMeaning
from scanwarden.sensors.log_reading import LogReading

EXIT_NO_SCAN = 0
EXIT_SCAN_FOUND = 1
SHOWN_BAD_FILES = 10
ENGINES: dict[str, type[Engine]] = {"local": LocalEngine, "duckdb": DuckEngine, "spark": SparkEngine}


class BucketsParam(click.ParamType[int]):
    """A power of two."""

    name = "N"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number; fail saying what it must be."""
        number = int(value) if str(value).isdecimal() else 0
        if number < 1 or number > 65_536 or number & (number - 1):
            self.fail(f"{value} is not a power of two from 1 to 65536", param, ctx)
        return number


@click.command("hunt")
@click.argument("inputs", metavar="INPUT...", nargs=-1, required=True)
@click.option(
    "--output",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("hunt"),
    show_default=True,
    help="Where the table of probes and the results go; a hunt that was interrupted goes on there.",
)
@click.option(
    "--engine", metavar="NAME", type=click.Choice(list(ENGINES)), default="local", help="local, duckdb or spark."
)
@click.option(
    "--home",
    metavar="NET",
    type=NETWORK,
    multiple=True,
    help="Address or network watched over in captures; without it, whoever answers others is home.",
)
@threshold_option
@click.option(
    "--window-hours",
    metavar="N",
    type=click.IntRange(1, 24 * 31),
    default=24,
    show_default=True,
    help="What many sources do within this time is judged together.",
)
@click.option(
    "--buckets", metavar="N", type=BucketsParam(), help="Parts by source, a power of two; more take less memory."
)
@utc_offset_option
@verdict_option
def command(
    *,
    inputs: tuple[str, ...],
    output: Path,
    engine: str,
    home: tuple[Prefix, ...],
    threshold: float | None,
    window_hours: int,
    buckets: int | None,
    utc_offset: int,
    verdicts: tuple[tuple[str, PrefixMeaning], ...],
) -> int:
    """Find scans in archives: captures, logs, flow logs and Parquet, by file, folder or URL (s3://...).

    Everything is read once into a table of probes, so a second run with more files, another engine or after an
    interruption only does what is left. Needs: pip install 'scanwarden[hunt]' (for spark 'scanwarden[spark]' and Java).

    Exit status: 0 no scan, 1 a scan was found, 2 a file could not be read to its end.
    """
    options = HuntOptions(
        output=output,
        buckets=buckets,
        threshold_nats=threshold,
        window_s=window_hours * 3600,
        home=home,
        reading=LogReading(utc_offset_s=utc_offset, verdicts=verdicts),
    )
    bar = PhaseBar()
    try:
        totals = hunt(inputs, options, engine=ENGINES[engine](), progress=bar.show)
    finally:
        bar.hide()
    for one in totals.bad[:SHOWN_BAD_FILES]:
        complain(one.failure or one.url)
    if len(totals.bad) > SHOWN_BAD_FILES:
        complain(f"{len(totals.bad) - SHOWN_BAD_FILES:,} more files could not be read", f"see {output}/report.html")
    click.echo(summary(totals))
    click.echo(
        f"{output / 'report.html'}, {output / 'detections.jsonl'} and {output / 'detections.parquet'} are written"
    )
    if totals.bad:
        return EXIT_FAILED
    return EXIT_SCAN_FOUND if totals.scans else EXIT_NO_SCAN


def summary(totals: HuntTotals) -> str:
    """Say in a line what was read, what was found, and how fast."""
    alone = sum(scan.part_of is None for scan in totals.scans)
    kinds = listed([f"{count} {kind}" for kind, count in totals.kinds.most_common()]) or "none"
    files = f"{counted(len(totals.inputs), 'file')} ({kinds})"
    parts = [
        f"{counted(alone, 'scan')} in {counted(totals.probes, 'probe')} of {files}",
        f"{len(totals.inputs) - totals.converted_now} read before"
        if totals.converted_now < len(totals.inputs)
        else None,
        f"read in {totals.convert_s:.1f} s" if totals.converted_now else None,
        f"searched in {totals.detect_s:.1f} s",
    ]
    return "; ".join(part for part in parts if part)
