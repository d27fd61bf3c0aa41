"""Add what is known about a source from files of the user's: country, network, research scanner, threat lists.

What lives here: reading those files, fetching lists, and looking an address up. What does not: anything that decides.
What a list says is told beside a scan; it bans nobody, so a wrong list can lock nobody out. Nothing is asked of anybody
unless `[enrichment] reverse_dns` or `threat_urls` says so.
"""

from scanwarden.enrich.configured import configured_enricher, fetched_lists
from scanwarden.enrich.enricher import Enricher
from scanwarden.enrich.known import Known

__all__ = ["Enricher", "Known", "configured_enricher", "fetched_lists"]
