"""Name the tools that can be migrated from."""

from collections.abc import Callable, Sequence

from scanwarden.migrate import fail2ban, iplog, portsentry, psad, scanlogd
from scanwarden.migrate.draft import Draft
from scanwarden.migrate.old_file import OldFile

TOOLS: dict[str, Callable[[Sequence[OldFile]], Draft]] = {
    "portsentry": portsentry.migrate,
    "iplog": iplog.migrate,
    "psad": psad.migrate,
    "fail2ban": fail2ban.migrate,
    "scanlogd": scanlogd.migrate,
}
