"""What every responder that filters packets promises beyond the contract."""

from collections.abc import Iterator

import pytest

from scanwarden.lab import Lab
from scanwarden.model.address import Prefix
from scanwarden.responders.contract import Responder
from scanwarden.responders.iptables import IptablesResponder
from scanwarden.responders.nftables import NftablesResponder
from tests.e2e.responders.guard import (
    GUARDED,
    GUARDED_V6,
    HTTP,
    LIVENESS_S,
    SCANNER,
    SCANNER_V6,
    Guard,
    answers,
    can_connect,
    can_ping,
    wait_until,
)
from tests.programs import need_programs
from tests.unit.responders.samples import ban_of

pytestmark = pytest.mark.kernel

PUBLISHED = 8080


def made(name: str) -> Responder:
    if name == "nftables":
        return NftablesResponder()
    need_programs("iptables", "ip6tables", "ipset")
    return IptablesResponder()


@pytest.fixture(params=["nftables", "iptables"])
def guard(lab: Lab, request: pytest.FixtureRequest) -> Iterator[Guard]:
    guard = Guard(made(request.param), lab.guarded)
    guard.prepare()
    yield guard
    guard.cleanup()


@pytest.mark.parametrize(("scanner", "guarded"), [(SCANNER, GUARDED), (SCANNER_V6, GUARDED_V6)])
def test_our_own_connections_to_a_banned_host_go_on(lab: Lab, guard: Guard, scanner: str, guarded: str) -> None:
    guard.ban([ban_of(scanner)])
    # The banned neighbour must be resolvable anew: its solicitations and advertisements are not what is banned.
    lab.guarded.ip("neigh", "flush", "dev", "eth0")
    lab.scanner.ip("neigh", "flush", "dev", "eth0")
    listener = lab.scanner.start(["python3", "-m", "http.server", "8000", "--bind", "::"])
    with listener:
        assert wait_until(lambda: can_connect(lab.guarded, scanner, 8000))
    assert can_ping(lab.guarded, scanner)
    assert not can_connect(lab.scanner, guarded)
    assert not can_ping(lab.scanner, guarded)


@pytest.mark.parametrize(("scanner", "guarded"), [(SCANNER, GUARDED), (SCANNER_V6, GUARDED_V6)])
def test_a_forgeable_ban_spares_established_connections_only(
    lab: Lab, guard: Guard, scanner: str, guarded: str
) -> None:
    with lab.scanner.connect(guarded, HTTP) as established:
        guard.ban([ban_of(scanner, forgeable=True)])
        assert answers(established, limit_s=LIVENESS_S)
        assert not can_connect(lab.scanner, guarded)
        guard.ban([ban_of(scanner, forgeable=False)])
        assert not answers(established)
        guard.ban([ban_of(scanner, forgeable=True)])
        assert wait_until(lambda: answers(established))
    guard.unban([Prefix.parse(scanner)])
    assert can_connect(lab.scanner, guarded, limit_s=LIVENESS_S)


def test_a_published_service_is_covered(lab: Lab, guard: Guard) -> None:
    """As containers do: DNAT in another table, the service itself elsewhere; an input hook would never see it."""
    nat = f"""
        table ip published {{
            chain prerouting {{
                type nat hook prerouting priority dstnat;
                ip daddr {GUARDED} tcp dport {PUBLISHED} dnat to 10.77.1.60:8000
            }}
            chain postrouting {{ type nat hook postrouting priority srcnat; ip daddr 10.77.1.60 masquerade; }}
        }}"""
    lab.guarded.run(["nft", "-f", "-"], stdin=nat.encode())
    lab.guarded.set_sysctls({"net/ipv4/ip_forward": "1"})
    try:
        with lab.bystander.start(["python3", "-m", "http.server", "8000"]):
            assert wait_until(lambda: can_connect(lab.scanner, GUARDED, PUBLISHED))
            guard.ban([ban_of(SCANNER)])
            assert not can_connect(lab.scanner, GUARDED, PUBLISHED)
    finally:
        lab.guarded.run(["nft", "delete", "table", "ip", "published"])
