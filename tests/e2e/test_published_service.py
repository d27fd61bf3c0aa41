"""A service published by destination NAT, as containers are, is covered by the service's bans."""

from collections.abc import Iterator

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4
from scanwarden.lab.commands import run_command
from scanwarden.lab.namespace import Namespace
from scanwarden.model.address import Prefix
from tests.e2e.responders.guard import can_connect, wait_until
from tests.e2e.service_host import serving

pytestmark = pytest.mark.kernel

PUBLISHED, INSIDE = 8080, "172.31.7.2"
NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 0 --min-rate 400 {target}"
# What a container engine writes: the published port is rewritten on its way in, and then forwarded.
PUBLISHING = f"""
table ip engine {{
    chain prerouting {{
        type nat hook prerouting priority dstnat;
        fib daddr type local tcp dport {PUBLISHED} dnat to {INSIDE}:8000
    }}
    chain postrouting {{ type nat hook postrouting priority srcnat; ip saddr 172.31.7.0/24 masquerade; }}
}}"""
INPUT_HOOK_BAN = f"""
table inet others {{
    chain input {{ type filter hook input priority filter; ip saddr {address4(SCANNER)} drop; }}
}}"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Give a lab whose guarded host publishes a port of a container behind it."""
    with Lab() as running:
        container = Namespace(running.prefix, "container")
        try:
            guarded = running.guarded
            peer = ["type", "veth", "peer", "name", "eth0", "netns", container.name]
            guarded.ip("link", "add", "engine0", *peer)
            guarded.ip("address", "add", "172.31.7.1/24", "dev", "engine0")
            guarded.ip("link", "set", "engine0", "up")
            container.ip("address", "add", f"{INSIDE}/24", "dev", "eth0")
            container.ip("link", "set", "eth0", "up")
            container.ip("route", "add", "default", "via", "172.31.7.1")
            guarded.set_sysctls({"net/ipv4/ip_forward": "1"})
            with container.start(["python3", "-m", "http.server", "8000"]):
                yield running
        finally:
            container.remove()


@pytest.fixture(autouse=True)
def published(lab: Lab) -> Iterator[None]:
    lab.guarded.run(["nft", "-f", "-"], stdin=PUBLISHING.encode())
    assert wait_until(lambda: can_connect(lab.scanner, address4(GUARDED), PUBLISHED), limit_s=60.0)
    yield
    lab.guarded.run(["nft", "flush", "ruleset"])


def test_a_scanner_that_is_banned_does_not_reach_the_published_port(lab: Lab) -> None:
    with serving(lab, more='[watch]\ninterfaces = ["eth0"]') as service:
        run_command(lab.scanner, NMAP)
        service.wait(lambda: address4(SCANNER) in service.banned())
        assert not can_connect(lab.scanner, address4(GUARDED), PUBLISHED)
        assert can_connect(lab.bystander, address4(GUARDED), PUBLISHED)
        service.client.unban(Prefix.parse(address4(SCANNER)))
        assert can_connect(lab.scanner, address4(GUARDED), PUBLISHED)


def test_a_ban_in_the_input_hook_alone_would_let_it_in(lab: Lab) -> None:
    lab.guarded.run(["nft", "-f", "-"], stdin=INPUT_HOOK_BAN.encode())
    assert not can_connect(lab.scanner, address4(GUARDED))
    assert can_connect(lab.scanner, address4(GUARDED), PUBLISHED)
