"""Every option of the configuration is read by the part that it is for: none is accepted and then ignored."""

import re

import msgspec
import pytest

from scanwarden.config.options import Section
from scanwarden.config.registry import declarations
from tests.conftest import REPOSITORY

SOURCES = REPOSITORY / "python" / "scanwarden"
# Boxes that only declare options, or write them for others.
NOT_READERS = ("config", "migrate", "lab")
# Sections whose part is not there yet.
PENDING = frozenset({"enrichment", "metrics"})
OPTIONS = [
    (one.table, one.settings, field.name) for one in declarations() for field in msgspec.structs.fields(one.settings)
]


@pytest.fixture(scope="module")
def readers() -> list[str]:
    """Give the text of every module that may act on a setting."""
    modules = [path for path in SOURCES.rglob("*.py") if path.relative_to(SOURCES).parts[0] not in NOT_READERS]
    return [path.read_text(encoding="utf-8") for path in modules]


@pytest.mark.parametrize(("table", "settings", "option"), OPTIONS)
def test_an_option_is_read(readers: list[str], table: str, settings: type[Section], option: str) -> None:
    attribute = re.compile(rf"\.{option}\b")
    is_asked_for = any(settings.__name__ in text for text in readers)
    if table in PENDING and not is_asked_for:
        pytest.skip(f"the part that [{table}] is for is not there yet")
    assert is_asked_for, f"nobody asks for [{table}]"
    assert any(attribute.search(text) for text in readers), f"nobody reads [{table}] {option}"
