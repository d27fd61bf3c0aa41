"""What the user's files say of a source stands on its page and on the pages of its scans."""

import asyncio
from pathlib import Path

import pytest

from scanwarden.config.sections.enrichment import EnrichmentSettings
from scanwarden.enrich import Enricher
from scanwarden.model.address import Address
from scanwarden.web.known_sources import KnownSources
from tests.unit.store.records import scan_id
from tests.unit.web.calling import app_over, call
from tests.unit.web.conftest import NOW_NS

SOURCE = Address.parse("203.0.113.7")


@pytest.fixture
def enrichment(tmp_path: Path) -> EnrichmentSettings:
    file = tmp_path / "researchers.txt"
    file.write_text("203.0.113.0/24 Example <b>University</b>\n")
    return EnrichmentSettings(researchers_file=file)


@pytest.mark.parametrize("place", [f"/scans/{scan_id(1)}", "/sources/203.0.113.7"])
def test_pages_tell_it_and_markup_stays_text(store: Path, enrichment: EnrichmentSettings, place: str) -> None:
    page = call(app_over(store, now_ns=NOW_NS, enrichment=enrichment), "GET", place).text
    assert "known research scanner: Example &lt;b&gt;University&lt;/b&gt;" in page


@pytest.mark.parametrize("place", [f"/scans/{scan_id(1)}", "/sources/203.0.113.7"])
def test_without_files_pages_say_nothing_of_it(store: Path, place: str) -> None:
    assert 'id="known"' not in call(app_over(store, now_ns=NOW_NS), "GET", place).text


def test_a_network_is_not_looked_up(store: Path, enrichment: EnrichmentSettings) -> None:
    page = call(app_over(store, now_ns=NOW_NS, enrichment=enrichment), "GET", "/sources/203.0.113.0/24").text
    assert 'id="known"' not in page


def test_a_group_is_not_looked_up(enrichment: EnrichmentSettings) -> None:
    known = KnownSources(Enricher(enrichment))
    assert asyncio.run(known.of(None)) == ()
    assert asyncio.run(known.of(SOURCE)) == ("known research scanner: Example <b>University</b>",)
