"""Write small stores for the tests of commands that read one, and run those commands."""

from collections.abc import Iterable
from pathlib import Path

from click.testing import CliRunner, Result

from scanwarden.cli import main
from scanwarden.config.sections.store import StoreSettings
from scanwarden.model.records import Record
from scanwarden.store import Store
from tests.unit.store.records import START


def kept(path: Path, records: Iterable[Record]) -> Path:
    """Keep the records in a new store and give its path."""
    store = Store(StoreSettings(path=path), now_ns=lambda: int(START))
    for record in records:
        store.add(record)
    assert store.flush(10)
    store.close()
    return path


def run(*arguments: str | Path) -> Result:
    """Run one command."""
    return CliRunner().invoke(main, [*map(str, arguments)], prog_name="scanwarden")


def widest(result: Result) -> int:
    """Give the length of the longest line of output."""
    return max(map(len, result.stdout.splitlines()))
