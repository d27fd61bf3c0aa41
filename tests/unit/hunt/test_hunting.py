"""An archive is searched with any engine, goes on after an interruption, and skips what cannot be read."""

import os
import resource
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scanwarden.hunt.engines.contract import Engine, Job, Progress
from scanwarden.hunt.engines.duck import DuckEngine
from scanwarden.hunt.engines.local import LocalEngine
from scanwarden.hunt.errors import HuntError
from scanwarden.hunt.hunting import HuntOptions, HuntTotals, hunt
from tests.captures import capture, refused
from tests.flowrows import flow_chunks, scanners
from tests.loglines import dropped

ROWS = int(os.environ.get("SCANWARDEN_HUNT_ROWS", "300000"))
MOST_MB = 4096  # of this process, whatever the number of rows
ENGINES: list[Callable[[], Engine]] = [LocalEngine, DuckEngine]


def quiet(phase: str, done: int, total: int) -> None:
    """Take no notice of progress."""


def most_so_far_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def search(output: Path, *inputs: Path, engine: Engine | None = None) -> HuntTotals:
    return hunt(
        [str(one) for one in inputs], HuntOptions(output=output), engine=engine or LocalEngine(), progress=quiet
    )


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of generated flow rows."""
    folder = tmp_path_factory.mktemp("flows")
    for number, chunk in enumerate(flow_chunks(ROWS)):
        pq.write_table(chunk, folder / f"{number:04d}.parquet")
    return folder


def test_every_engine_finds_exactly_the_scanners(flows: Path, tmp_path: Path) -> None:
    before_mb = most_so_far_mb()
    found: dict[str, bytes] = {}
    for make in ENGINES:
        engine = make()
        totals = search(tmp_path / "hunt", flows, engine=engine)
        found[engine.name] = (tmp_path / "hunt" / "detections.jsonl").read_bytes()
        sources = {str(scan.source.address) for scan in totals.scans}
        assert sources == {str(IPv4Address(address)) for address in scanners(ROWS)}
        peak_mb = most_so_far_mb()
        read = f" read at {ROWS / totals.convert_s:,.0f} rows/s," if totals.converted_now else ""
        print(  # noqa: T201 figures for whoever asked for a long run
            f"\n{engine.name}: {ROWS:,} rows,{read} searched at {ROWS / totals.detect_s:,.0f} rows/s,"
            f" at most {peak_mb:,} MB"
        )
        assert peak_mb <= max(MOST_MB, before_mb)
    assert found["local"] == found["duckdb"]


class StopsHalfWay:
    """An engine that is interrupted when half of the buckets are done."""

    name = "local"

    def run(self, job: Job, _: Progress) -> list[Path]:
        def stop(done: int, of: int) -> None:
            if done >= of // 2:
                raise KeyboardInterrupt

        return LocalEngine(1).run(job, stop)


def test_an_interrupted_hunt_goes_on_and_loses_nothing(flows: Path, tmp_path: Path) -> None:
    whole = search(tmp_path / "whole", flows)
    output = tmp_path / "cut"

    def stop_while_reading(phase: str, done: int, total: int) -> None:
        if phase == "reading" and done * 2 > total:
            raise KeyboardInterrupt

    options = HuntOptions(output=output)
    with pytest.raises(KeyboardInterrupt):
        hunt([str(flows)], options, engine=LocalEngine(), progress=stop_while_reading)
    with pytest.raises(KeyboardInterrupt):
        search(output, flows, engine=StopsHalfWay())
    left = len(list((output / "found").glob("*/bucket=*.parquet")))
    assert 0 < left < 16
    before = {path: path.stat().st_mtime_ns for path in (output / "found").glob("*/bucket=*.parquet")}
    again = search(output, flows)
    assert again.converted_now == 0
    assert all(path.stat().st_mtime_ns == changed for path, changed in before.items())
    assert again.scans == whole.scans
    assert again.probes == whole.probes == ROWS
    assert (output / "detections.jsonl").read_bytes() == (tmp_path / "whole" / "detections.jsonl").read_bytes()


def test_a_conversion_that_was_cut_is_done_again_without_repeating_rows(tmp_path: Path) -> None:
    log = tmp_path / "kern.log"
    log.write_text("".join(dropped(port, at_s=port) for port in range(1, 30)))
    first = search(tmp_path / "hunt", log)
    (marker,) = (tmp_path / "hunt" / "done").glob("*.json")
    marker.unlink()
    again = search(tmp_path / "hunt", log)
    assert (again.converted_now, again.probes) == (1, first.probes)
    assert again.scans == first.scans
    assert len(list((tmp_path / "hunt" / "probes").glob("day=*/bucket=*/*"))) == 1


def test_captures_logs_and_tables_are_one_archive(flows: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    capture(folder / "scan.pcap", refused(range(1, 11), source="198.18.200.1"))
    (folder / "kern.log").write_text("".join(dropped(port, at_s=port, source="198.18.200.2") for port in range(1, 9)))
    totals = search(tmp_path / "hunt", folder, flows)
    assert {"198.18.200.1", "198.18.200.2"} < {str(scan.source.address) for scan in totals.scans}
    assert totals.kinds.keys() == {"capture", "syslog", "parquet"}


def test_a_scan_over_several_files_is_one_scan(tmp_path: Path) -> None:
    for number in range(4):
        ports = range(number * 2, number * 2 + 2)
        (tmp_path / f"kern.log.{number}").write_text("".join(dropped(port, at_s=port) for port in ports))
    totals = search(tmp_path / "hunt", *tmp_path.glob("kern.log.*"))
    assert [(scan.probes, str(scan.source.address)) for scan in totals.scans] == [(8, "192.0.2.50")]


def test_bad_files_are_listed_and_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "notes.txt").write_text("nothing to see\n")
    (folder / "broken.parquet").write_bytes(b"PAR1 but not really")
    whole = capture(tmp_path / "whole.pcap", refused(range(1, 11))).read_bytes()
    (folder / "cut.pcap").write_bytes(whole[:-7])
    totals = search(tmp_path / "hunt", folder)
    told = {Path(one.url).name: one.failure for one in totals.bad}
    assert set(told) == {"notes.txt", "broken.parquet", "cut.pcap"}
    assert "neither a capture nor a log" in str(told["notes.txt"])
    assert all(name in str(failure) for name, failure in told.items())
    assert [scan.probes for scan in totals.scans] == [10]  # what came before the damage counts
    report = (tmp_path / "hunt" / "report.html").read_text()
    assert "notes.txt" in report
    assert "192.0.2.50" in report


def test_a_new_file_is_all_that_a_second_run_reads(tmp_path: Path) -> None:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text("".join(dropped(port, at_s=port) for port in range(1, 9)))
    assert search(tmp_path / "hunt", first).converted_now == 1
    second.write_text("".join(dropped(port, at_s=port, source="198.18.200.2") for port in range(1, 9)))
    both = search(tmp_path / "hunt", first, second)
    assert (both.converted_now, len(both.scans)) == (1, 2)


def test_text_from_an_archive_cannot_become_markup(tmp_path: Path) -> None:
    bad = tmp_path / "<img src=x onerror=alert(1)>.txt"
    bad.write_text("nothing\n")
    search(tmp_path / "hunt", bad)
    assert "<img" not in (tmp_path / "hunt" / "report.html").read_text()


def test_two_hunts_do_not_share_a_folder(tmp_path: Path) -> None:
    log = tmp_path / "kern.log"
    log.write_text(dropped(1))

    class Nested:
        name = "local"

        def run(self, job: Job, progress: Progress) -> list[Path]:
            with pytest.raises(HuntError, match="another hunt works"):
                search(tmp_path / "hunt", log)
            return LocalEngine().run(job, progress)

    search(tmp_path / "hunt", log, engine=Nested())


@pytest.mark.parametrize(
    ("named", "told"), [("missing.log", "does not exist"), ("nowhere://bucket/x", "cannot be opened")]
)
def test_what_is_not_there_is_named(tmp_path: Path, named: str, told: str) -> None:
    name = named if "://" in named else str(tmp_path / named)
    with pytest.raises(HuntError, match=told):
        hunt([name], HuntOptions(output=tmp_path / "hunt"), engine=LocalEngine(), progress=quiet)


def test_a_number_of_buckets_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "kern.log"
    log.write_text(dropped(1))
    hunt([str(log)], HuntOptions(output=tmp_path / "h", buckets=4), engine=LocalEngine(), progress=quiet)
    with pytest.raises(HuntError, match="begun with 4 buckets"):
        hunt([str(log)], HuntOptions(output=tmp_path / "h", buckets=8), engine=LocalEngine(), progress=quiet)
