"""Names by which the page may be called."""

import pytest

from scanwarden.config.endpoint import Listen
from scanwarden.web.hosts import Hosts

LOCAL = Hosts(Listen.parse("127.0.0.1:8460"), ["scans.example.net", "other.example.net:8443"])
ANY = Hosts(Listen.parse("0.0.0.0:8460"), [])
SOCKET = Hosts(Listen.parse("unix:/run/x.sock"), ["scans.example.net"])


@pytest.mark.parametrize(
    ("hosts", "name", "accepted"),
    [
        (LOCAL, "127.0.0.1:8460", True),
        (LOCAL, "localhost:8460", True),
        (LOCAL, "LOCALHOST:8460", True),
        (LOCAL, "[::1]:8460", True),
        (LOCAL, "localhost", False),
        (LOCAL, "localhost:80", False),
        (LOCAL, "scans.example.net", True),
        (LOCAL, "scans.example.net:443", True),
        (LOCAL, "other.example.net:8443", True),
        (LOCAL, "other.example.net", False),
        (LOCAL, "evil.example.org", False),
        (LOCAL, "evil.example.org:8460", False),
        (LOCAL, "127.0.0.1:8460.evil.example.org", False),
        (LOCAL, "127.0.0.1.evil.example.org:8460", False),
        (LOCAL, "", False),
        (LOCAL, "x" * 5000, False),
        (ANY, "192.0.2.1:8460", True),
        (ANY, "192.0.2.2:8460", False),
        (ANY, "evil.example.org:8460", False),
        (SOCKET, "localhost", True),
        (SOCKET, "scans.example.net", True),
        (SOCKET, "evil.example.org", False),
    ],
)
def test_only_our_own_names_are_accepted(hosts: Hosts, name: str, accepted: bool) -> None:
    assert hosts.accept(name, ("192.0.2.1", 8460)) is accepted
