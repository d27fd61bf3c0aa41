"""Whatever is forged in the name of those whom the host needs, none of them is banned.

The full count is `make soak`, which sets SCANWARDEN_FORGED.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from scanwarden.lab import Lab, frames, inject
from scanwarden.lab.addresses import BYSTANDER, GATEWAY, GUARDED, SCANNER, address4, address6, mac
from scanwarden.model.address import Address
from scanwarden.model.records import Banned, Decided
from tests.e2e.needed_hosts import ADMINISTRATOR, COLLEAGUE, RESOLVER, TIME_SERVER, arranged
from tests.e2e.responders.guard import can_connect, can_ping, wait_until
from tests.e2e.service_host import ServiceHost, serving

pytestmark = pytest.mark.kernel

FORGED = int(os.environ.get("SCANWARDEN_FORGED", "10000"))
ALLOWED_HOST, ALLOWED_INSIDE, ALLOWED_NETWORK = "198.51.100.7", "203.0.113.9", "203.0.113.0/24"
ALLOWED6_HOST, ALLOWED6_INSIDE, ALLOWED6_NETWORK = "2001:db8:1::7", "2001:db8:2::9", "2001:db8:2::/64"
ALLOWLIST = [ALLOWED_HOST, ALLOWED_NETWORK, ALLOWED6_HOST, ALLOWED6_NETWORK]
ON_LINK = (GATEWAY, RESOLVER, TIME_SERVER, ADMINISTRATOR, COLLEAGUE)
NEEDED4 = [
    *(address4(number) for number in (*ON_LINK, GUARDED)),
    *("127.0.0.1", "127.9.9.9", ALLOWED_HOST, ALLOWED_INSIDE),
]
NEEDED6 = [
    *(address6(number) for number in (GATEWAY, RESOLVER, TIME_SERVER, ADMINISTRATOR, GUARDED)),
    *("::1", ALLOWED6_HOST, ALLOWED6_INSIDE),
]
TO, FROM = frames.mac_bytes(mac(GUARDED)), frames.mac_bytes(mac(SCANNER))

Forge = Callable[[str, str, int], bytes]
"""Makes one frame from a source, a target and a number that says which port, protocol or host it is about."""


def tcp(flags: str) -> Forge:
    return lambda source, target, number: wrapped(source, target, frames.Tcp(40_000, 1 + number % 60_000, flags))


def sctp(chunk: int) -> Forge:
    return lambda source, target, number: wrapped(source, target, frames.Sctp(40_000, 1 + number, chunk, bytes(16)))


def icmp(kind: int, size: int) -> Forge:
    return lambda source, target, number: wrapped(
        source, target, frames.Icmp(kind, rest=number.to_bytes(4, "big"), payload=bytes(size))
    )


def wrapped(source: str, target: str, transport: frames.Transport) -> bytes:
    return frames.ethernet(TO, FROM, frames.packet(source, target, transport))


TECHNIQUES: dict[str, Forge] = {
    **{f"tcp {flags or 'null'}": tcp(flags) for flags in ("S", "A", "F", "", "FPU", "FA", "SF", "SFRPAU", "R", "SA")},
    "udp": lambda source, target, number: wrapped(source, target, frames.Udp(40_000, 1 + number)),
    "sctp init": sctp(1),
    "sctp cookie": sctp(10),
    "protocol": lambda source, target, number: wrapped(source, target, frames.Raw(140 + number % 100)),
}
ONLY4: dict[str, Forge] = {
    "echo": icmp(8, 0),
    "timestamp": icmp(13, 12),
    "mask": icmp(17, 4),
    "arp": lambda source, _, number: frames.arp(
        1, FROM, source, target_mac=bytes(6), target=f"10.77.1.{1 + number % 254}"
    ),
}
ONLY6: dict[str, Forge] = {
    "echo": lambda source, target, number: wrapped(source, target, frames.Icmp6(128, rest=number.to_bytes(4, "big"))),
    "neighbour": lambda source, _, number: frames.neighbour_solicitation(FROM, source, f"fd77:1::{1 + number:x}"),
}
FORGERIES = [
    *product(NEEDED4, [address4(GUARDED)], (TECHNIQUES | ONLY4).items()),
    *product(NEEDED6, [address6(GUARDED)], (TECHNIQUES | ONLY6).items()),
]
EACH = max(8, -(-FORGED // len(FORGERIES)))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as running:
        for number in ON_LINK[1:]:
            running.add_neighbour(running.guarded, number)
        yield running


@pytest.fixture
def service(lab: Lab) -> Iterator[ServiceHost]:
    with tempfile.TemporaryDirectory(prefix="scanwarden-") as folder:
        Path(folder).chmod(0o755)
        with serving(lab, f'mode = "enforce"\nallowlist = {ALLOWLIST}', files=arranged(Path(folder))) as host:
            yield host


def test_nobody_whom_the_host_needs_is_banned_for_any_forgery(lab: Lab, service: ServiceHost) -> None:
    sent = 0
    for source, target, (_, forge) in FORGERIES:
        sent += inject.send_frames(lab.scanner, [forge(source, target, number) for number in range(EACH)])
    wanted = {*NEEDED4, *NEEDED6}
    service.wait(lambda: wanted <= spared(service))
    print(f"{sent:,} packets forged from {len(wanted)} needed addresses: {service.client.status().bans_made} bans")  # noqa: T201
    assert sent >= FORGED
    assert service.client.status().bans_made == 0
    assert not service.banned()
    lab.guarded.ip("neigh", "flush", "dev", "eth0")  # forged ARP requests said that everybody lives at the scanner's
    assert can_ping(lab.guarded, address4(GATEWAY))


def spared(service: ServiceHost) -> set[str]:
    """Return the needed addresses that the policy spared, alone or as members of a group."""
    prefixes = {one.source for one in service.records(Decided) if one.action == "spare" and one.source is not None}
    return {one for one in (*NEEDED4, *NEEDED6) if any(prefix.contains(Address.parse(one)) for prefix in prefixes)}


def test_somebody_nobody_needs_is_banned_for_the_same(lab: Lab, service: ServiceHost) -> None:
    forge = TECHNIQUES["tcp S"]
    inject.send_frames(lab.scanner, [forge("192.0.2.9", address4(GUARDED), number) for number in range(EACH)])
    service.wait(lambda: "192.0.2.9" in service.banned())
    assert service.in_kernel("192.0.2.9")


@pytest.mark.parametrize(("mine", "theirs"), [(address4, address4), (address6, address6)])
def test_our_own_connections_to_a_banned_address_work(
    lab: Lab, service: ServiceHost, mine: Callable[[int], str], theirs: Callable[[int], str]
) -> None:
    guarded, banned = mine(GUARDED), theirs(BYSTANDER)
    with lab.bystander.start(["python3", "-m", "http.server", "8000", "--bind", "::"]):
        assert wait_until(lambda: can_connect(lab.guarded, banned, 8000))
        service.ban(banned)
        assert service.in_kernel(banned)
        assert can_connect(lab.guarded, banned, 8000)
        assert can_ping(lab.guarded, banned)
        assert not can_connect(lab.bystander, guarded)
        assert not can_ping(lab.bystander, guarded)
    assert [ban for ban in service.records(Banned) if str(ban.source.address) == banned]
