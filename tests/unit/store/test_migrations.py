"""A database is brought to the newest version, whatever interrupts it."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from scanwarden.errors import StoreError
from scanwarden.store.migrations import Migration, migrate, migrations, newest_version, statements, version_of

# Killed with the signal that nobody can handle, before the statement whose number is given.
KILLED_MIGRATION = """
import os, signal, sqlite3, sys
from scanwarden.store.migrations import migrate
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
left = int(sys.argv[2])
def trace(statement):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
connection.set_trace_callback(trace)
migrate(connection)
"""


def tables(connection: sqlite3.Connection) -> set[str]:
    return {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}


def migrated() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    return connection


def test_the_versions_are_one_two_three_and_so_on() -> None:
    assert [step.version for step in migrations()] == list(range(1, newest_version() + 1))
    assert all(step.statements for step in migrations())


def test_an_empty_database_becomes_the_newest_and_stays_it() -> None:
    connection = migrated()
    assert version_of(connection) == newest_version()
    before = tables(connection)
    migrate(connection)
    assert tables(connection) == before


@pytest.mark.parametrize("version", range(len(migrations())))
def test_every_older_version_becomes_the_newest(version: int) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    if version:
        migrate(connection, migrations()[:version])
    assert version_of(connection) == version
    migrate(connection)
    assert tables(connection) == tables(migrated())


def test_a_newer_database_is_refused() -> None:
    connection = migrated()
    connection.execute(f"PRAGMA user_version = {newest_version() + 1}")
    with pytest.raises(StoreError, match="this program knows"):
        migrate(connection)


def test_a_failed_step_leaves_the_version_before_it() -> None:
    steps = [
        Migration(1, ("CREATE TABLE a (b)",)),
        Migration(2, ("CREATE TABLE c (d)", "INSERT INTO nowhere VALUES (1)")),
    ]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, steps)
    assert version_of(connection) == 1
    assert tables(connection) == {"CREATE TABLE a (b)"}


def test_a_script_is_split_where_statements_end() -> None:
    assert statements("-- why; not\nCREATE TABLE a (\n b TEXT DEFAULT ';');\nDROP TABLE a;\n") == (
        "-- why; not\nCREATE TABLE a (\n b TEXT DEFAULT ';');",
        "DROP TABLE a;",
    )


STATEMENTS = sum(len(step.statements) + 3 for step in migrations())


@pytest.mark.parametrize("killed_at", range(0, STATEMENTS, 3))
def test_a_killed_migration_leaves_a_whole_version_and_goes_on_later(tmp_path: Path, killed_at: int) -> None:
    path = tmp_path / "killed.db"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED_MIGRATION, str(path), str(killed_at)]
    assert subprocess.run(command, env=environment, check=False).returncode == -9
    connection = sqlite3.connect(path, isolation_level=None)
    found = version_of(connection)
    whole = sqlite3.connect(":memory:", isolation_level=None)
    migrate(whole, migrations()[:found])
    assert tables(connection) == tables(whole)
    migrate(connection)
    assert tables(connection) == tables(migrated())
    connection.close()
