"""Settings, to read."""

from starlette.types import ASGIApp

from scanwarden.config import Settings
from scanwarden.config.registry import declarations
from scanwarden.web.pages.settings import tables_of, written
from tests.unit.web.calling import call


def test_every_table_and_option_is_shown(app: ASGIApp) -> None:
    page = call(app, "GET", "/settings").text
    assert all(f"[{declared.table}]" in page for declared in declarations())
    assert "How long scans and everything about them are kept." in page


def test_what_was_changed_is_marked() -> None:
    assert not any(table.is_changed for table in tables_of(Settings.defaults()))


def test_values_look_as_in_the_file() -> None:
    assert [written(value) for value in (True, 7, ("a", "b"), (), None)] == ["true", "7", "a, b", "[]", ""]
