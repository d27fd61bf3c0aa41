"""`replay --store` and `watch --store` keep every record, and never touch a file that is no store."""

from pathlib import Path

import pytest

from scanwarden.cli.keeping import Keeping
from scanwarden.errors import StoreError
from scanwarden.model.records import Record
from scanwarden.store import Reader
from tests.captures import SCANNER, capture, refused
from tests.unit.cli.stores import run
from tests.unit.store.records import START, scan_id, statement


def test_a_replay_can_be_asked_about_afterwards(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    scan = capture(tmp_path / "scan.pcap", refused(range(1, 11)))
    replayed = run("replay", scan, "--store", store)
    assert (replayed.exit_code, replayed.stderr) == (1, "")
    listed = run("scans", "--store", store)
    assert f"{SCANNER}, TCP SYN: tcp 1-10; 10 probes" in listed.stdout
    assert "policy: ban" in listed.stdout


def test_old_and_new_captures_are_both_kept(tmp_path: Path) -> None:
    year_ns = 365 * 86_400 * 10**9
    files = [
        capture(tmp_path / f"{years}.pcap", refused(range(1, 11), start_ns=1_400_000_000 * 10**9 + years * year_ns))
        for years in (9, 0)
    ]
    run("replay", *files, "--store", tmp_path / "store.db")
    assert "2 scans" in run("scans", "--store", tmp_path / "store.db").stdout


def test_every_record_is_passed_on_and_kept_however_many(tmp_path: Path) -> None:
    told: list[Record] = []
    with Keeping(tmp_path / "store.db", told.append, waits=True) as keeping:
        for number in range(12_000):
            keeping.tell(statement(number, "closed", at_s=number))
    assert len(told) == 12_000
    with Reader(tmp_path / "store.db") as reader:
        assert reader.count() == 12_000


def test_without_a_file_records_are_only_passed_on() -> None:
    told: list[Record] = []
    with Keeping(None, told.append, waits=True) as keeping:
        keeping.tell(statement(1))
    assert [str(record.time) for record in told] == [str(START)]


@pytest.mark.parametrize("command", [["replay"], ["watch", "--interface", "nosuch0"]], ids=["replay", "watch"])
def test_a_file_that_is_no_store_stays_as_it_is(tmp_path: Path, command: list[str]) -> None:
    scan = capture(tmp_path / "scan.pcap", refused(range(1, 11)))
    before = scan.read_bytes()
    arguments = [*command, str(scan)] if command == ["replay"] else command
    result = run(*arguments, "--store", scan)
    assert result.exit_code == 2
    assert f"{scan} is damaged: file is not a database\n  name another file with --store" in result.stderr
    assert scan.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["scan.pcap"]


def test_a_place_that_cannot_be_written_is_named() -> None:
    with pytest.raises(StoreError, match=r"/proc/none/store\.db cannot be written"):
        Keeping(Path("/proc/none/store.db"), lambda _: None, waits=False)


def test_a_failure_in_the_midst_is_what_is_reported(tmp_path: Path) -> None:
    def fail(store: Path) -> None:
        with Keeping(store, lambda _: None, waits=False) as keeping:
            keeping.tell(statement(7))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(tmp_path / "store.db")
    with Reader(tmp_path / "store.db") as reader:
        assert reader.scan(scan_id(7)) is not None
