"""`scanwarden report`."""

from pathlib import Path

import pytest

from tests.unit.cli.stores import kept, run, widest
from tests.unit.store.records import scan_id, statement

PERIOD = ("--since", "2026-01-02T02:00:00Z", "--until", "2026-01-02T04:00:00Z")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept(tmp_path_factory.mktemp("report") / "scans.db", [statement(1)])


def test_files_are_written_in_the_language_asked_for(store: Path, tmp_path: Path) -> None:
    page, text, folder = tmp_path / "r.html", tmp_path / "r.md", tmp_path / "png"
    done = run(
        "report", *PERIOD, "--store", store, "--html", page, "--markdown", text, "--png", folder, "--language", "ko"
    )
    assert done.exit_code == 0, done.output
    assert scan_id(1) in page.read_text()
    assert "심각도" in page.read_text()
    assert "![png/scans](png/scans.png)" in text.read_text()
    assert (folder / "ports.png").stat().st_size > 1000


def test_without_a_file_the_report_is_printed(store: Path) -> None:
    done = run("report", *PERIOD, "--store", store)
    assert done.stdout.startswith("# Port scans, 2026-01-02 02:00 to 2026-01-02 04:00\n")
    assert "| 203.0.113.7 | TCP SYN |" in done.stdout
    assert widest(done) < 200


def test_a_period_that_ends_before_it_begins_is_refused(store: Path) -> None:
    done = run("report", "--since", "2026-01-02", "--until", "2026-01-01", "--store", store)
    assert done.exit_code == 2
    assert "--until" in done.stderr


def test_a_file_that_cannot_be_written_is_named(store: Path, tmp_path: Path) -> None:
    done = run("report", *PERIOD, "--store", store, "--html", tmp_path / "missing/r.html")
    assert done.exit_code == 2
    assert "missing/r.html cannot be written" in done.stderr
