"""Bring a database to the newest version of the schema, one transaction a version.

The version is SQLite's `user_version`, changed in the same transaction as the tables: whatever
moment the process dies at, the file holds the old version or the new one.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from scanwarden.errors import StoreError


class Migration(NamedTuple):
    """The statements that lead to a version from the one before it."""

    version: int
    statements: tuple[str, ...]


@cache
def migrations() -> tuple[Migration, ...]:
    """List the migrations in order; they are the files `NNNN_topic.sql` of `schema`."""
    folder = resources.files("scanwarden.store.schema")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return tuple(Migration(int(file.name[:4]), statements(file.read_text("utf-8"))) for file in files)


def statements(script: str) -> tuple[str, ...]:
    """Split a script into statements; comments stay with the statement that follows them."""
    found, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return tuple(found)


def newest_version(steps: Sequence[Migration] | None = None) -> int:
    """Give the version that `migrate` leads to."""
    return max((step.version for step in (steps if steps is not None else migrations())), default=0)


def version_of(connection: sqlite3.Connection) -> int:
    """Read the version of a database; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, steps: Sequence[Migration] | None = None) -> None:
    """Run every migration that is newer than the database; raise StoreError if the database is newer than us.

    The connection must be in autocommit mode; sqlite3.Error passes through with the step undone.
    """
    steps = steps if steps is not None else migrations()
    found = version_of(connection)
    if found > newest_version(steps):
        raise StoreError(f"the store has version {found}, this program knows {newest_version(steps)}")
    for step in steps:
        if step.version > found:
            _run(connection, step)


def _run(connection: sqlite3.Connection, step: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in step.statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {step.version:d}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
