"""The file of records: whole lines, begun anew when it is large, and never a link followed."""

from pathlib import Path

import pytest

from scanwarden.config.quantity import ByteSize
from scanwarden.config.sections.sinks_jsonl import JsonlSettings
from scanwarden.formats import native
from scanwarden.sinks.base import SinkError
from scanwarden.sinks.jsonl import JsonlFile
from tests.samples import OPENED, READY, record


def settings(folder: Path, **changes: object) -> JsonlSettings:
    return JsonlSettings(file=folder / "scans.jsonl", **changes)  # type: ignore[arg-type]


def test_each_record_is_a_line_that_reads_back(tmp_path: Path) -> None:
    sink = JsonlFile(settings(tmp_path))
    for one in (record(READY), record(OPENED)):
        sink.write(one)
    sink.close()
    lines = (tmp_path / "scans.jsonl").read_bytes().splitlines()
    assert [native.decode(line) for line in lines] == [record(READY), record(OPENED)]
    assert (tmp_path / "scans.jsonl").stat().st_mode & 0o777 == 0o640


def test_a_large_file_is_begun_anew_and_only_so_many_are_kept(tmp_path: Path) -> None:
    sink = JsonlFile(settings(tmp_path, rotate_at=ByteSize(4096), keep=2))
    for number in range(40):
        sink.write(record(OPENED, probes=number))
    sink.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scans.jsonl", "scans.jsonl.1", "scans.jsonl.2"]
    assert all(path.stat().st_size <= 4096 for path in tmp_path.iterdir())
    kept = [
        native.decode(line).probes  # type: ignore[union-attr]
        for name in ("scans.jsonl.2", "scans.jsonl.1", "scans.jsonl")
        for line in (tmp_path / name).read_bytes().splitlines()
    ]
    assert kept == list(range(40 - len(kept), 40))


def test_a_file_moved_away_from_outside_is_begun_anew(tmp_path: Path) -> None:
    sink = JsonlFile(settings(tmp_path))
    sink.write(record(OPENED, probes=1))
    (tmp_path / "scans.jsonl").rename(tmp_path / "old")
    sink.write(record(OPENED, probes=2))
    sink.close()
    assert len((tmp_path / "old").read_bytes().splitlines()) == 1
    assert len((tmp_path / "scans.jsonl").read_bytes().splitlines()) == 1


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "scans.jsonl").symlink_to(tmp_path / "victim")
    with pytest.raises(SinkError, match="cannot be written"):
        JsonlFile(settings(tmp_path)).write(record(OPENED))
    assert not (tmp_path / "victim").exists()


def test_a_full_disk_leaves_no_half_line() -> None:
    with pytest.raises(SinkError, match="No space left"):
        JsonlFile(JsonlSettings(file=Path("/dev/full"))).write(record(OPENED))
