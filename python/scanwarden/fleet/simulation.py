"""A fleet that never was: hosts, clients and scanners with known truth, to measure how well the correlator sees.

Scanners: fast and slow sweeps, one probe at each of some hosts. Harmless: clients that mistake a port, clients of a
service that moved and retry, decoys (addresses that a scanner forged at one host). What each host would report goes
through the detector that correlators run.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec

from scanwarden._core import _native
from scanwarden.model.time import NS_PER_S

START_NS = 1_760_000_000 * NS_PER_S
HOUR_S = 3600
CLOSED = 2
QUORUM = 3
TABLE_BYTES = 64 << 20
# Clients that mistake a port do so on one host, seldom on two, hardly ever on three.
MISTAKEN_HOSTS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3)


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """How large the fleet is, and what happens to it within some hours."""

    hosts: int
    hours: int = 6
    sweeps: int = 100
    slow_sweeps: int = 100
    clients: int = 20_000
    moved_services: int = 20
    decoys: int = 200
    one_in: int = 20
    seed: int = 1


class Contact(msgspec.Struct, frozen=True, order=True):
    """One contact that a host reports: second, source, host, port."""

    second: float
    source: str
    host: int
    port: int


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How well the truth was found; delays are seconds from a sweep's first probe to its detection."""

    hosts: int
    reports: int
    found: int
    missed: int
    false: int
    delays_s: tuple[float, ...]

    @property
    def recall(self) -> float:
        """Give the share of scanners that were found."""
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        """Give the share of what was found that scans."""
        return self.found / max(1, self.found + self.false)

    @property
    def median_delay_s(self) -> float:
        """Give the delay that half of the detections stay under."""
        return sorted(self.delays_s)[len(self.delays_s) // 2] if self.delays_s else 0.0


def play(scene: Scene) -> Score:
    """Let a scene happen, in the order of time, and compare what is found with the truth."""
    dice = random.Random(scene.seed)  # noqa: S311 a scene is played again by its seed
    truth = dict(_scanners(scene, dice))
    contacts = sorted([*(one for many in truth.values() for one in many), *_harmless(scene, dice)])
    detector = _native.FleetDetector(json.dumps({"sensor": "fleet", "memory_bytes": TABLE_BYTES}).encode())
    found: dict[str, float] = {}
    for second, host, packed in _reports(contacts):
        now_ns = START_NS + round(second * NS_PER_S)
        detector.tick(now_ns)
        detector.observe(host, packed, now_ns)
        for event in detector.take_events():
            told = json.loads(event)
            source = (told.get("source") or {}).get("address") if told["event"] == "opened" else None
            if source is not None and len(detector.reporters(source)) >= QUORUM:
                found.setdefault(source, second)
    hit = [source for source in truth if source in found]
    return Score(
        hosts=scene.hosts,
        reports=len(contacts),
        found=len(hit),
        missed=len(truth) - len(hit),
        false=len(found.keys() - truth.keys()),
        delays_s=tuple(found[source] - min(truth[source]).second for source in hit),
    )


def _scanners(scene: Scene, dice: random.Random) -> Iterator[tuple[str, list[Contact]]]:
    """Give each scanner with its contacts: one probe at one host in `one_in`, within a minute, or over an hour."""
    touched = max(1, scene.hosts // scene.one_in)
    for number in range(scene.sweeps + scene.slow_sweeps):
        source = f"198.{18 + number // 250}.{number % 250}.7"
        lasts_s = 60 if number < scene.sweeps else HOUR_S
        begins_s = dice.uniform(0, scene.hours * HOUR_S - lasts_s)
        port = dice.choice((22, 23, 445, 3389, 5900, 8080))
        hosts = dice.sample(range(scene.hosts), touched)
        yield source, [Contact(begins_s + dice.uniform(0, lasts_s), source, host, port) for host in hosts]


def _harmless(scene: Scene, dice: random.Random) -> Iterator[Contact]:
    """Give what clients do by mistake."""
    whole_s = scene.hours * HOUR_S
    for number in range(scene.clients):
        source = f"10.{number // 65_536}.{number // 256 % 256}.{number % 256}"
        for host in dice.sample(range(scene.hosts), min(scene.hosts, dice.choice(MISTAKEN_HOSTS))):
            yield Contact(dice.uniform(0, whole_s), source, host, dice.randrange(1, 10_000))
    for service in range(scene.moved_services):
        host, port = dice.randrange(scene.hosts), dice.randrange(1024, 10_000)
        for client in range(60):
            for _ in range(5):
                yield Contact(dice.uniform(0, whole_s), f"172.16.{service}.{client}", host, port)
    for number in range(scene.decoys):
        host, begins_s = dice.randrange(scene.hosts), dice.uniform(0, whole_s)
        for port in range(1, 20):
            yield Contact(begins_s + port, f"192.168.{number // 250}.{number % 250}", host, port)


def _reports(contacts: list[Contact]) -> Iterator[tuple[float, int, bytes]]:
    """Pack each contact as its host would report it."""
    for one in contacts:
        yield one.second, one.host, _packed(one)


def _packed(one: Contact) -> bytes:
    """Write one closed TCP port in the layout that hosts exchange."""
    time_ns = START_NS + round(one.second * NS_PER_S)
    fields: list[Any] = [
        time_ns.to_bytes(8, "big"),
        _mapped(one.source),
        _mapped(f"203.0.{one.host // 250}.{one.host % 250}"),
        one.port.to_bytes(2, "big"),
        bytes(5),
        bytes([0, CLOSED, 0]),
        (1).to_bytes(4, "big"),
    ]
    return b"".join(fields)


def _mapped(text: str) -> bytes:
    return bytes(10) + b"\xff\xff" + bytes(map(int, text.split(".")))
