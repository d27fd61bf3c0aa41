"""Whoever looks sources up from a configuration reads the same lists."""

from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.endpoint import WebAddress
from scanwarden.config.sections.enrichment import EnrichmentSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.enrich import Known, configured_enricher, fetched_lists
from scanwarden.model.address import Address

SOURCE = Address.parse("192.0.2.7")


def kept_in(folder: Path) -> Settings:
    return Settings.defaults().with_section(StoreSettings(path=folder / "scanwarden.db"))


def test_fetched_lists_are_read_from_beside_the_store(tmp_path: Path) -> None:
    url = WebAddress.parse("https://lists.example.net/drop.txt")
    settings = kept_in(tmp_path).with_section(EnrichmentSettings(threat_urls=(url,)))
    fetched_lists(settings).mkdir()
    (fetched_lists(settings) / "drop.list").write_text("192.0.2.0/28\n")
    assert fetched_lists(settings).parent == tmp_path
    assert configured_enricher(settings).of(SOURCE) == Known(lists=("drop",))


def test_by_default_nothing_is_looked_into(tmp_path: Path) -> None:
    assert not configured_enricher(kept_in(tmp_path)).is_used
