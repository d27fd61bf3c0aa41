"""Keep scans, decisions, bans and notices in SQLite, and answer questions about them.

Here live the schema with its migrations, the one thread that writes, retention, and the typed
queries. Nothing here decides anything, and nothing here ever makes the caller wait for a disk: a
record that cannot be written waits in a bounded queue, and what is lost is counted.
"""

from scanwarden.store.reader import Reader
from scanwarden.store.store import Store
from scanwarden.store.views import ScanFilter, StoreState

__all__ = ["Reader", "ScanFilter", "Store", "StoreState"]
