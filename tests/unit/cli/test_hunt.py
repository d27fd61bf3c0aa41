"""`hunt` says what it found, where it is, and what is missing, in lines."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanwarden.cli import main
from tests.captures import capture, refused


def hunt(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["hunt", *map(str, arguments)], prog_name="scanwarden")


def test_a_scan_is_status_1_and_its_files_are_named(tmp_path: Path) -> None:
    result = hunt(capture(tmp_path / "scan.pcap", refused(range(1, 11))), "--output", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.stdout.startswith("1 scan in 10 probes of 1 file (1 capture); read in ")
    assert f"{tmp_path}/out/report.html" in result.stdout
    assert (tmp_path / "out" / "detections.parquet").exists()


def test_no_scan_is_status_0(tmp_path: Path) -> None:
    result = hunt(capture(tmp_path / "quiet.pcap", refused([443])), "--output", tmp_path / "out")
    assert (result.exit_code, result.stdout[:8]) == (0, "0 scans ")


def test_a_bad_file_is_status_2_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing\n")
    result = hunt(
        capture(tmp_path / "scan.pcap", refused(range(1, 11))), tmp_path / "notes.txt", "--output", tmp_path / "out"
    )
    assert result.exit_code == 2
    assert result.stdout.startswith("1 scan in 10 probes of 2 files")
    assert f"scanwarden: error: {tmp_path}/notes.txt: neither a capture nor a log" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["--buckets", "3"], "not a power of two"), (["--engine", "dask"], "'dask' is not one of")],
)
def test_a_wrong_option_is_named(tmp_path: Path, arguments: list[str], told: str) -> None:
    result = hunt(tmp_path / "x.pcap", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("module", "engine", "extra"),
    [("pyarrow", "local", "hunt"), ("duckdb", "duckdb", "hunt"), ("pyspark", "spark", "spark")],
)
def test_a_package_that_is_missing_is_one_line_and_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, engine: str, extra: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    scan = capture(tmp_path / "scan.pcap", refused(range(1, 11)))
    result = hunt(scan, "--engine", engine, "--output", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr == (
        f"scanwarden: error: this needs {module}, which is not installed\n  pip install 'scanwarden[{extra}]'\n"
    )
