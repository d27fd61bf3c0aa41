"""Read resolvers and time servers from the files that name them; only numeric addresses count."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from scanwarden.daemon.protection.found import Found

_MAX_FILE_BYTES = 1 << 20
_MAX_FILES = 64

# resolv.conf(5); systemd-resolved and NetworkManager write the servers behind their stubs to these.
RESOLVER_FILES = ("etc/resolv.conf", "run/systemd/resolve/resolv.conf", "run/NetworkManager/no-stub-resolv.conf")
# chrony.conf(5), ntp.conf(5): `server ADDRESS …`, `peer ADDRESS …`, `pool ADDRESS …`
TIME_FILES = (
    "etc/chrony.conf",
    "etc/chrony/chrony.conf",
    "etc/chrony.d/*.conf",
    "etc/chrony/conf.d/*.conf",
    "etc/chrony/sources.d/*.sources",
    "run/chrony-dhcp/*.sources",
    "etc/ntp.conf",
    "etc/ntpsec/ntp.conf",
    "etc/ntpsec/ntp.d/*.conf",
)
# timesyncd.conf(5): `NTP=ADDRESS …`
TIMESYNCD_FILES = (
    "etc/systemd/timesyncd.conf",
    "etc/systemd/timesyncd.conf.d/*.conf",
    "run/systemd/timesyncd.conf.d/*.conf",
    "usr/lib/systemd/timesyncd.conf.d/*.conf",
)
_TIME_WORDS = frozenset({"server", "peer", "pool"})


def add_resolvers(found: Found, root: Path) -> None:
    """Add the name servers of all resolver files below `root`."""
    for line in _lines(RESOLVER_FILES, root, found):
        word, _, rest = line.partition(" ")
        if word == "nameserver" and rest:
            found.need(rest.split()[0], "resolver")


def add_time_servers(found: Found, root: Path) -> None:
    """Add the numeric time servers of chrony, ntpd and timesyncd below `root`."""
    for line in _lines(TIME_FILES, root, found):
        words = [word for word in line.split() if word not in ("-4", "-6")]
        if len(words) > 1 and words[0].lower() in _TIME_WORDS:
            found.need(words[1], "time server")
    for line in _lines(TIMESYNCD_FILES, root, found):
        option, _, servers = line.partition("=")
        if option.strip() in ("NTP", "FallbackNTP"):
            for server in servers.split():
                found.need(server, "time server")


def _lines(patterns: tuple[str, ...], root: Path, found: Found) -> Iterator[str]:
    """Yield the lines of all files that match, without comments, blanks collapsed; absent files are no gap."""
    for pattern in patterns:
        for path in islice(sorted(root.glob(pattern)), _MAX_FILES):
            try:
                with path.open("rb") as file:
                    text = file.read(_MAX_FILE_BYTES).decode("utf-8", "replace")
            except OSError as error:
                found.gap(f"{path} cannot be read: {error.strerror}")
                continue
            for line in text.splitlines():
                if (words := " ".join(line.split())) and not words.startswith(("#", ";", "!", "%")):
                    yield words
