"""Say what the user's files know of a source."""

import os
from pathlib import Path

from scanwarden.config import DEFAULT_FILE, load
from scanwarden.enrich import Known, configured_enricher
from scanwarden.formats.text import layout
from scanwarden.formats.text.layout import Paint
from scanwarden.model.address import Address


def known_of(address: Address | None, config: Path | None) -> Known | None:
    """Look an address up as `[enrichment]` says; None for a network, or where nothing is set."""
    if address is None or (config is None and not DEFAULT_FILE.exists()):
        return None
    enricher = configured_enricher(load(config or DEFAULT_FILE, os.environ))
    return enricher.of(address) if enricher.is_used else None


def known_lines(known: Known | None, paint: Paint) -> list[str]:
    """Write what is known as one row; nothing if nothing is."""
    return layout.row("known", "; ".join(found), paint) if known and (found := known.words()) else []
