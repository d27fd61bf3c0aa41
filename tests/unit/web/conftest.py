"""A store with one scan, and the page over it."""

from functools import partial
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from scanwarden.web.rates import Rate
from tests.unit.cli.stores import kept
from tests.unit.store.records import START, banned, decided, statement
from tests.unit.web.calling import app_over

NOW_NS = int(START) + 60 * 1_000_000_000


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    records = [statement(1), decided(1), banned(), statement(1, "closed", at_s=5)]
    return kept(tmp_path_factory.mktemp("web") / "scans.db", records)


@pytest.fixture
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no bucket fill while a test runs, however slow the machine is."""
    for module in ("scanwarden.web.guard", "scanwarden.web.pages.login"):
        monkeypatch.setattr(f"{module}.Rate", partial(Rate, clock_s=lambda: 0.0))


@pytest.fixture
def app(store: Path) -> ASGIApp:
    return app_over(store, now_ns=NOW_NS)
