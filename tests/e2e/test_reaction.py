"""How long a ban takes, from the kernel's timestamp of the deciding packet to the acknowledged element.

The full count is `make soak`, which sets SCANWARDEN_SCANS.
"""

import os
import random
import statistics
import time
from collections.abc import Iterator

import pytest

from scanwarden.lab import Lab, frames, inject
from scanwarden.lab.addresses import GUARDED, SCANNER, address4, mac
from scanwarden.model.detection import Opened
from scanwarden.model.records import Banned
from tests.e2e.service_host import ServiceHost, serving

pytestmark = pytest.mark.kernel

SCANS = int(os.environ.get("SCANWARDEN_SCANS", "20"))
CONTACTS = 8
PACE_S = 0.1
TO, FROM = frames.mac_bytes(mac(GUARDED)), frames.mac_bytes(mac(SCANNER))


@pytest.fixture
def service() -> Iterator[ServiceHost]:
    with Lab() as lab, serving(lab) as host:
        yield host


def source_of(number: int) -> str:
    return f"198.18.{number // 250}.{1 + number % 250}"


def probes(source: str, number: int) -> list[bytes]:
    """Return SYNs to closed ports, in an order and with a look of their own: these sources have nothing in common."""
    chance = random.Random(number)
    ports = chance.sample(range(2000, 2012), CONTACTS)
    source_port, window, ttl = (
        chance.randrange(20_000, 60_000),
        chance.randrange(1024, 65_535),
        chance.randrange(40, 64),
    )
    segments = [
        frames.Tcp(source_port + at, port, sequence=chance.getrandbits(32), window=window)
        for at, port in enumerate(ports)
    ]
    return [
        frames.ethernet(TO, FROM, frames.packet(source, address4(GUARDED), segment, ttl=ttl)) for segment in segments
    ]


def test_every_scan_is_banned_and_the_time_it_took_is_printed(service: ServiceHost) -> None:
    for number in range(SCANS):
        inject.send_frames(service.lab.scanner, probes(source_of(number), number))
        time.sleep(PACE_S)
    service.wait(lambda: len(service.records(Banned)) >= SCANS)
    decided_ns = {scan.id: int(scan.time) for scan in service.records(Opened)}
    took_ms = sorted(
        (int(ban.time) - decided_ns[ban.id]) / 1e6 for ban in service.records(Banned) if ban.id in decided_ns
    )
    assert len(took_ms) == SCANS
    assert took_ms[0] > 0
    assert all(service.in_kernel(source_of(number)) for number in (0, SCANS - 1))
    p99 = took_ms[min(SCANS - 1, int(SCANS * 0.99))]
    print(  # noqa: T201 figures for whoever runs this
        f"{SCANS} scans: banned {statistics.median(took_ms):.1f} ms (p50), {p99:.1f} ms (p99) after the deciding packet"
    )
