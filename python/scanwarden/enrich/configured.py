"""Make the enricher that a configuration asks for."""

from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.sections.enrichment import EnrichmentSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.enrich.enricher import Enricher

LISTS_NAME = "lists"


def fetched_lists(settings: Settings) -> Path:
    """Give the folder beside the store into which the courier fetches lists, and from which all others read them."""
    return settings.of(StoreSettings).path.with_name(LISTS_NAME)


def configured_enricher(settings: Settings) -> Enricher:
    """Return what looks sources up as `[enrichment]` says, with the lists that were fetched; nothing is read yet."""
    return Enricher(settings.of(EnrichmentSettings), fetched=fetched_lists(settings))
