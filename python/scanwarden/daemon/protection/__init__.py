"""Find out whom this host needs, so that nobody of them is ever banned.

What lives here: reading addresses and routes, resolvers and time servers, the sessions of people who logged in, and
noticing that the network changed. What does not: the operator's allowlist, and what protection means for a decision
(`policy.exempt`). Everything can be computed again at any time; what could not be read is said, never guessed.
"""

from scanwarden.daemon.protection.changes import NetworkChanges
from scanwarden.daemon.protection.compute import Protection, compute

__all__ = ["NetworkChanges", "Protection", "compute"]
