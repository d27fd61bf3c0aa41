"""Errors of the disk, at any moment and in any order, lose no record, write none twice and condemn no file.

CI tries a few; the full count is `make soak`, which sets SCANWARDEN_FAULTS.
"""

import os
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from scanwarden.errors import StoreError
from scanwarden.model.records import Record
from scanwarden.store import Reader
from scanwarden.store.backlog import Backlog
from scanwarden.store.writer import Writer
from tests.faultydisk import ERRORS, FaultyDisk
from tests.unit.store.records import START, banned, decided, notice, random_scan, unbanned

SEEDS = int(os.environ.get("SCANWARDEN_FAULTS", "60"))
NOW = START.plus(60)
RECORDS = 60
MAX_ATTEMPTS = 400


def records_of(seed: int) -> list[Record]:
    """Return what a service says: scans, decisions, bans and their ends, notices."""
    chance = random.Random(seed)
    made: list[Record] = []
    for number in range(RECORDS // 4):
        source = f"198.51.100.{number}"
        made += [random_scan(number, chance, span_s=50), decided(number), banned(source, duration_s=3600), notice()]
        if chance.random() < 0.3:
            made.append(unbanned(source))
    return made


class Bench:
    """A writer without its thread, so that every attempt is made by the test, and at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.backlog = Backlog(10_000)
        self.writer = Writer(path, self.backlog, max_bytes=2**24, retention_ns=10**18, now_ns=lambda: int(NOW))

    def write(self, records: Sequence[Record], *, at_once: int) -> list[str]:
        """Write records, some at once, however often that fails; return why it did."""
        reasons = []
        for start in range(0, len(records), at_once):
            for record in records[start : start + at_once]:
                self.backlog.put(record)
            while len(self.backlog):
                if not self.writer.write_once():
                    reasons.append(self.writer.condition.reason or "")
                assert len(reasons) < MAX_ATTEMPTS, reasons[-1]
        return reasons


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {name: sorted(connection.execute(" ".join(["SELECT * FROM", name])), key=repr) for name in names}
    connection.close()
    return rows


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FaultyDisk]:
    try:
        faulty = FaultyDisk(tmp_path)
    except LookupError as error:
        pytest.skip(str(error))
    with faulty.installed():
        yield faulty


def weather(chance: random.Random) -> Callable[[str], bool]:
    """Return what fails in the course of time: one to three spells of errors."""
    spells = [spell(chance) for _ in range(chance.randint(1, 3))]

    def fails(operation: str) -> bool:
        told = [one(operation) for one in spells]  # each of them counts
        return any(told)

    return fails


def spell(chance: random.Random) -> "Spell":
    kinds = chance.sample(sorted(ERRORS), chance.randint(1, len(ERRORS)))
    return Spell(
        kinds, begins=chance.randint(0, 250), lasts=chance.choice([1, 1, 2, 5, 20]), share=chance.uniform(0.3, 1)
    )


class Spell:
    """Errors of some kinds of operation, from one operation on, for so many of them."""

    def __init__(self, kinds: list[str], *, begins: int, lasts: int, share: float) -> None:
        self.kinds, self.begins, self.lasts, self.share = kinds, begins, lasts, share
        self.seen = 0
        self.chance = random.Random(begins)

    def __call__(self, operation: str) -> bool:
        self.seen += 1
        is_due = self.begins < self.seen and operation in self.kinds and self.lasts > 0
        if not is_due or self.chance.random() > self.share:
            return False
        self.lasts -= 1
        return True


class Nth:
    """The one operation of a kind that fails, counted from the next one."""

    def __init__(self, kind: str, number: int) -> None:
        self.kind, self.left = kind, number
        self.has_failed = False

    def __call__(self, operation: str) -> bool:
        if operation == self.kind:
            self.left -= 1
            self.has_failed |= self.left == 0
            return self.left == 0
        return False


@pytest.mark.parametrize("kind", sorted(ERRORS))
def test_no_single_error_while_it_is_opened_condemns_a_store(tmp_path: Path, disk: FaultyDisk, kind: str) -> None:
    Bench(tmp_path / "store.db").write(records_of(1), at_once=500)
    for number in range(1, MAX_ATTEMPTS):
        bench = Bench(tmp_path / "store.db")
        disk.fails = once = Nth(kind, number)
        bench.write([notice(text=f"{kind} {number}")], at_once=1)
        disk.fails = lambda _: False
        bench.writer.disconnect()
        assert bench.writer.condition.set_aside == []
        if not once.has_failed:
            break
    told = [row for row in content(tmp_path / "store.db")["notices"] if kind in str(row)]
    assert len(told) == number


def test_a_question_is_answered_in_full_or_not_at_all(tmp_path: Path, disk: FaultyDisk) -> None:
    bench = Bench(tmp_path / "store.db")
    bench.write(records_of(1), at_once=500)
    bench.writer.disconnect()
    with Reader(bench.path) as reader:
        right = (reader.bans_to_restore(int(NOW)), reader.scans(limit=50), reader.overview(0, int(NOW)))
    failed = 0
    for number in range(1, MAX_ATTEMPTS):
        disk.fails = once = Nth("read", number)
        try:
            with Reader(bench.path) as reader:
                found = (reader.bans_to_restore(int(NOW)), reader.scans(limit=50), reader.overview(0, int(NOW)))
            assert found == right
        except StoreError as error:
            failed += 1
            assert "disk I/O error" in str(error)  # noqa: PT017 either the answer or this
        finally:
            disk.fails = lambda _: False
        if not once.has_failed:
            break
    assert failed > 3


def test_a_disk_that_is_full_for_a_moment_costs_no_row(tmp_path: Path, disk: FaultyDisk) -> None:
    bench = Bench(tmp_path / "store.db")
    bench.write(records_of(1), at_once=500)
    before = content(bench.path)["scans"]
    chance = iter([True, True, True])
    disk.fails = lambda operation: operation == "write" and next(chance, False)
    assert any("full" in reason for reason in bench.write([notice(text="late")], at_once=1))
    disk.fails = lambda _: False
    bench.writer.disconnect()
    assert content(bench.path)["scans"] == before


def test_whatever_fails_everything_is_written_once_when_it_works_again(tmp_path: Path, disk: FaultyDisk) -> None:
    told: set[str] = set()
    for seed in range(SEEDS):
        chance = random.Random(seed)
        folder = tmp_path / str(seed)
        expected, faulty = Bench(folder / "right/store.db"), Bench(folder / "faulty/store.db")
        records = records_of(seed)
        disk.fails = lambda _: False
        expected.write(records, at_once=20)
        disk.fails = weather(chance)
        reasons = faulty.write(records, at_once=20)
        disk.fails = lambda _: False
        for bench in (expected, faulty):
            bench.writer.disconnect()
        assert faulty.writer.condition.set_aside == [], (seed, reasons)
        assert (faulty.backlog.dropped, faulty.writer.condition.refused) == (0, 0), seed
        assert content(faulty.path) == content(expected.path), seed
        told.update(reason.partition(": ")[2] for reason in reasons)
        assert all(reason.startswith(str(faulty.path)) for reason in reasons), reasons
    assert all(disk.failed[operation] for operation in ("open", "read", "write", "sync")), disk.failed
    print(f"{sum(disk.failed.values())} failures of {sum(disk.done.values())} operations; told: {sorted(told)}")  # noqa: T201
