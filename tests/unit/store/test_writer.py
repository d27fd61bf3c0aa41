"""Whatever happens to the disk, the store takes records, says how it is, and recovers."""

import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanwarden.config.quantity import ByteSize, Duration
from scanwarden.config.sections.store import StoreSettings
from scanwarden.errors import StoreError
from scanwarden.model.time import Timestamp
from scanwarden.store import Reader, ScanFilter, Store
from scanwarden.store.backlog import Backlog
from scanwarden.store.database import MAX_SET_ASIDE, put_aside
from scanwarden.store.migrations import newest_version
from scanwarden.store.writer import Writer
from tests.unit.store.records import START, banned, notice, random_scan, scan_id, statement

NOBODY = 65534
NOW = START.plus(60)


def opened(path: Path, *, now: Timestamp = NOW, **settings: object) -> Store:
    return Store(StoreSettings(path=path, **settings), now_ns=lambda: int(now))  # type: ignore[arg-type]


def fill(path: Path, scans: int = 300) -> None:
    """Write a store with scans and bans, and close it."""
    store = opened(path)
    chance = random.Random(1)
    for number in range(scans):
        store.add(random_scan(number, chance, span_s=50))
    for number in range(20):
        store.add(banned(f"198.51.100.{number}", duration_s=3600))
    assert store.flush(60)
    store.close()


def wait_for_reason(store: Store) -> str:
    """Wait until the store says why it is degraded."""
    waiting = threading.Event()
    for _ in range(1000):
        reason = store.state().reason
        if reason is not None and reason != "not opened yet":
            return reason
        waiting.wait(0.01)
    pytest.fail("the store did not become degraded")


@pytest.mark.parametrize("seed", range(50))
def test_a_damaged_file_is_replaced_or_still_right_and_never_stops_the_store(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "store.db"
    fill(path)
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 40)):
        at = chance.randrange(100 if chance.random() < 0.2 else len(content))
        content[at : at + chance.randint(1, 500)] = chance.randbytes(chance.randint(1, 500))
    path.write_bytes(bytes(content[: chance.randrange(len(content))] if chance.random() < 0.3 else content))
    store = opened(path)
    for number in range(1000, 1020):
        store.add(statement(number, at_s=number))
    assert store.flush(60)
    state = store.state()
    assert (state.is_degraded, state.dropped) == (False, 0)
    for aside in state.set_aside:
        assert Path(aside).stat().st_size > 0
    with store.reader() as reader:
        assert {row.id for row in reader.scans(limit=20).scans} >= {scan_id(number) for number in range(1000, 1020)}
        assert len(reader.bans(int(NOW))) <= 20
    store.close()


def test_bans_in_force_are_saved_from_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    fill(path)
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'scans'").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * page_bytes)
        file.write(b"\xff" * page_bytes)
    store = opened(path)
    store.add(statement(1000))
    assert store.flush(60)
    (aside,) = store.state().set_aside
    assert "store.db.damaged-20260102T030100Z" in aside
    with store.reader() as reader:
        assert {str(ban.source) for ban in reader.bans(int(NOW))} == {f"198.51.100.{n}/32" for n in range(20)}
        assert [row.id for row in reader.scans().scans] == [scan_id(1000)]
    with sqlite3.connect(path) as connection:
        ((file_name, reason),) = connection.execute("SELECT file, reason FROM set_aside").fetchall()
    assert file_name == aside
    assert "damaged" in reason
    connection.close()
    store.close()


@pytest.mark.parametrize("content", [b"this is no database, it is a text" * 100, b"SQLite format 3\0" + b"\0" * 4000])
def test_what_is_no_database_is_put_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    store = opened(path)
    store.add(statement())
    assert store.flush(60)
    (aside,) = store.state().set_aside
    assert Path(aside).read_bytes() == content
    store.close()


def test_a_file_that_breaks_again_at_once_is_not_replaced_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"no database" * 1000)
    backlog = Backlog(10)
    writer = Writer(path, backlog, max_bytes=2**24, retention_ns=10**18, now_ns=lambda: int(NOW))
    assert writer.replace("damaged by the test")
    assert not writer.replace("damaged by the test")
    assert len(writer.condition.set_aside) == 1
    assert writer.condition.reason == "damaged by the test"


def test_only_the_newest_damaged_files_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    made = []
    for number in range(MAX_SET_ASIDE + 3):
        path.write_text(str(number))
        made.append(put_aside(path, int(NOW.plus(number))))
        os.utime(made[-1], ns=(number, number))
    assert [one.exists() for one in made] == [False] * 3 + [True] * MAX_SET_ASIDE
    assert made[-1].read_text() == str(MAX_SET_ASIDE + 2)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    store = opened(path)
    store.add(statement())
    assert "another program" in wait_for_reason(store)
    store.close()
    assert path.read_bytes() == before


def test_the_store_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    fill(path, scans=3)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {newest_version() + 1}")
    connection.close()
    store = opened(path)
    assert "this program knows" in wait_for_reason(store)
    store.close()
    with pytest.raises(StoreError, match="this program needs"):
        Reader(path)
    assert not list(tmp_path.glob("*.damaged-*"))


@contextmanager
def file_size_limit(max_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: the kernel then fails writes as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_is_outlived_and_nothing_queued_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    fill(path)
    store = opened(path)
    assert store.flush(60)
    with file_size_limit(20_000):
        for number in range(1000, 1300):
            store.add(statement(number, at_s=number))
        reason = wait_for_reason(store)
        assert str(path) in reason
        assert store.state().queued == 300
    assert store.flush(60)
    assert (store.state().is_degraded, store.state().dropped) == (False, 0)
    with store.reader() as reader:
        assert reader.count(ScanFilter(since=START.plus(900))) == 300
    store.close()


def test_while_the_disk_is_full_the_oldest_records_are_lost_and_counted(tmp_path: Path) -> None:
    (tmp_path / "missing").write_text("a file where the folder should be")
    store = opened(tmp_path / "missing" / "store.db", queue=100)
    store.add(statement(0))
    wait_for_reason(store)
    for number in range(1, 250):
        store.add(statement(number, at_s=number))
    assert (store.state().queued, store.state().dropped) == (100, 150)
    (tmp_path / "missing").unlink()
    assert store.flush(60)
    with store.reader() as reader:
        assert {row.id for row in reader.scans(limit=200).scans} == {scan_id(number) for number in range(150, 250)}
    store.close()


@pytest.fixture
def read_only_folder() -> Iterator[Path]:
    """Give a folder that we cannot write, by giving up root for the time of the test."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        fill(folder / "old.db", scans=3)
        (folder / "old.db").chmod(0o444)
        folder.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o755)


@pytest.mark.parametrize("name", ["new.db", "old.db", "folder/new.db"])
def test_a_read_only_folder_degrades_the_store_and_stops_nothing(read_only_folder: Path, name: str) -> None:
    store = opened(read_only_folder / name, queue=100)
    for number in range(200):
        store.add(statement(number))
    assert str(read_only_folder) in wait_for_reason(store)
    assert store.state().queued == 100
    assert not store.flush(0.01)
    store.close()
    assert not list(read_only_folder.glob("*.damaged-*"))


def test_a_store_that_another_program_holds_locked_is_written_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    fill(path, scans=3)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = opened(path)
    store.add(statement(1000))
    assert "locked" in wait_for_reason(store)
    other.execute("ROLLBACK")
    other.close()
    assert store.flush(60)
    assert not store.state().is_degraded
    store.close()


def test_a_file_that_is_removed_under_the_store_is_made_anew_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    fill(path, scans=3)
    for file in tmp_path.iterdir():
        file.unlink()
    store = opened(path)
    store.add(statement(1000))
    assert store.flush(60)
    with store.reader() as reader:
        assert reader.count() == 1
    store.close()


def test_the_file_stays_below_its_size_by_giving_up_the_oldest(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    limit = 2 * 1024 * 1024
    store = opened(path, max_size=ByteSize(limit))
    chance = random.Random(2)
    for number in range(3000):
        store.add(random_scan(number, chance, span_s=50))
    store.add(statement(9999, at_s=1000))
    assert store.flush(120)
    state = store.state()
    assert (state.is_degraded, state.dropped, state.refused) == (False, 0, 0)
    assert state.removed > 0
    assert state.file_bytes <= limit * 5 // 4 + 4096
    with store.reader() as reader:
        assert reader.scans(limit=1).scans[0].id == scan_id(9999)
        assert 0 < reader.count() == 3001 - state.removed
    store.close()


def test_what_is_too_old_is_removed_but_open_scans_and_bans_in_force_stay(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = opened(path)
    store.add(statement(1, "closed", at_s=0))
    store.add(statement(2, "opened", at_s=10 * 86_400))
    store.add(statement(3, "opened", at_s=0))
    store.add(banned("192.0.2.1", at_s=0, duration_s=30 * 86_400))
    store.add(banned("192.0.2.2", at_s=0, duration_s=60))
    store.add(notice(at_s=0))
    assert store.flush(60)
    store.close()
    later = START.plus(10 * 86_400 + 60)
    store = opened(path, now=later, retention=Duration.parse("7 d"))
    store.add(notice(at_s=10 * 86_400))
    assert store.flush(60)
    store.close()
    with store.reader() as reader:
        assert [(row.id, row.is_open) for row in reader.scans().scans] == [(scan_id(2), True)]
        assert [str(ban.source) for ban in reader.bans(int(later))] == ["192.0.2.1/32"]
        assert len(reader.notices()) == 1
        assert [one.name for one in reader.top_ports(int(START), int(START) + 1)] == []


def test_readers_see_whole_states_while_records_are_written(tmp_path: Path) -> None:
    store = opened(tmp_path / "store.db")
    store.add(statement(0))
    assert store.flush(60)
    failures: list[str] = []
    stop = threading.Event()

    def read() -> None:
        seen = 0
        with store.reader() as reader:
            while not stop.is_set():
                overview = reader.overview(int(START) - 10**12, int(START.plus(86_400)))
                counted = sum(bucket.scans for bucket in overview.timeline)
                if overview.scans < seen or counted != overview.scans:
                    failures.append(f"{overview.scans} after {seen}, {counted} in the timeline")
                seen = overview.scans

    readers = [threading.Thread(target=read) for _ in range(2)]
    for one in readers:
        one.start()
    for number in range(1, 1500):
        store.add(statement(number, at_s=number))
    assert store.flush(120)
    stop.set()
    for one in readers:
        one.join()
    assert failures == []
    assert store.state().written == 1500
    store.close()


WRITING = """
import sys
from pathlib import Path
from scanwarden.config.sections.store import StoreSettings
from scanwarden.store import Store
from scanwarden.store.writer import Writer
from tests.unit.store.records import banned, statement
store = Store(StoreSettings(path=Path(sys.argv[1])))
number = int(sys.argv[2])
while True:
    number += 1
    store.add(statement(number, at_s=number))
    store.add(banned(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", number=number, duration_s=10**8))
    assert store.flush(60)
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    chance = random.Random(5)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parents[3])])}
    last = 0
    for _ in range(6):
        command = [sys.executable, "-c", WRITING, str(path), str(last + 1000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(chance.randint(1, 60)):
                last = int(writer.stdout.readline())
            writer.kill()
        store = opened(path)
        assert store.flush(60)
        assert store.state().set_aside == ()
        with store.reader() as reader:
            assert reader.scan(scan_id(last)) is not None
            assert f"10.{last >> 16}.{last >> 8 & 255}.{last & 255}/32" in {
                str(ban.source) for ban in reader.bans_to_restore(int(NOW))
            }
        store.close()


def test_closing_writes_what_is_queued(tmp_path: Path) -> None:
    store = opened(tmp_path / "store.db")
    for number in range(500):
        store.add(statement(number))
    store.close(60)
    store.add(statement(999))
    assert (store.state().written, store.state().dropped) == (500, 1)


def test_a_store_that_is_not_there_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        Reader(tmp_path / "store.db")
