"""A fleet that never was: hosts, clients and scanners with known truth, to measure how well the correlator sees.

Scanners: fast and slow sweeps, one probe at each of some hosts; botnets that divide the port space, each bot with ports
that no other tries, one at each of some hosts. Harmless: clients that mistake a port, clients of a service that moved
and retry, decoys (addresses that a scanner forged at one host). What each host would report goes through the detector
that correlators run.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Address
from typing import Any

import msgspec

from scanwarden._core import _native
from scanwarden.model.time import NS_PER_S

START_NS = 1_760_000_000 * NS_PER_S
HOUR_S = 3600
CLOSED = 2
QUORUM = 3
PORT_SPACE = 1024
CLIENTS, BOTS, DECOYS = 0x0A00_0000, 0x2D00_0000, 0x2E00_0000
TABLE_BYTES = 64 << 20
# Clients that mistake a port do so on one host, seldom on two, hardly ever on three.
MISTAKEN_HOSTS = (1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3)


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """How large the fleet is, and what happens to it within some hours."""

    hosts: int
    hours: int = 6
    sweeps: int = 100
    slow_sweeps: int = 100
    botnets: int = 10
    bots: int = 16
    clients: int = 20_000
    moved_services: int = 20
    decoys: int = 200
    one_in: int = 20
    seed: int = 1


class Kind(StrEnum):
    """How a scanner goes about it."""

    SWEEP = "sweep"
    SLOW_SWEEP = "slow sweep"
    BOT = "bot"


class Contact(msgspec.Struct, frozen=True, order=True):
    """One contact that a host reports: second, source, host, port."""

    second: float
    source: str
    host: int
    port: int


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How well the truth was found; delays are seconds from a scanner's first probe to its detection.

    `false` are harmless sources that were called scanners, `false_groups` groups in which no member is one.
    """

    hosts: int
    reports: int
    found: dict[Kind, int]
    missed: dict[Kind, int]
    false: int
    false_groups: int
    delays_s: dict[Kind, tuple[float, ...]]

    @property
    def recall(self) -> float:
        """Give the share of scanners that were found."""
        found = sum(self.found.values())
        return found / max(1, found + sum(self.missed.values()))

    def recall_of(self, kind: Kind) -> float:
        """Give the share of the scanners of a kind that were found."""
        found = self.found.get(kind, 0)
        return found / max(1, found + self.missed.get(kind, 0))

    @property
    def precision(self) -> float:
        """Give the share of what was found that scans."""
        found = sum(self.found.values())
        return found / max(1, found + self.false + self.false_groups)

    def median_delay_s(self, kind: Kind) -> float:
        """Give the delay that half of the detections of a kind stay under; 0 if there are none."""
        delays = sorted(self.delays_s[kind])
        return delays[len(delays) // 2] if delays else 0.0


def play(scene: Scene) -> Score:
    """Let a scene happen, in the order of time, and compare what is found with the truth."""
    dice = random.Random(scene.seed)  # noqa: S311 a scene is played again by its seed
    scanners = [*_sweeps(scene, dice), *_bots(scene, dice)]
    contacts = sorted([*(one for scanner in scanners for one in scanner.contacts), *_harmless(scene, dice)])
    detector = _native.FleetDetector(json.dumps({"sensor": "fleet", "memory_bytes": TABLE_BYTES}).encode())
    known = {one.source for one in scanners}
    found: dict[str, float] = {}
    false_groups = 0
    for second, host, packed in _reports(contacts):
        now_ns = START_NS + round(second * NS_PER_S)
        detector.tick(now_ns)
        detector.observe(host, packed, now_ns)
        for told in map(json.loads, detector.take_events()):
            if told["event"] == "opened":
                source = told["source"]["address"]
                members = {one["address"] for one in told["source"]["members"]}
                false_groups += source is None and not members & known
                if source is not None and len(detector.reporters(source)) >= QUORUM:
                    found.setdefault(source, second)
    hit = [one for one in scanners if one.source in found]
    return Score(
        hosts=scene.hosts,
        reports=len(contacts),
        found=Counter(one.kind for one in hit),
        missed=Counter(one.kind for one in scanners if one.source not in found),
        false=len(found.keys() - known),
        false_groups=false_groups,
        delays_s={
            kind: tuple(found[one.source] - min(one.contacts).second for one in hit if one.kind is kind)
            for kind in Kind
        },
    )


class _Scanner(msgspec.Struct, frozen=True):
    source: str
    kind: Kind
    contacts: tuple[Contact, ...]


def _sweeps(scene: Scene, dice: random.Random) -> Iterator[_Scanner]:
    """Give each scanner with its contacts: one probe at one host in `one_in`, within a minute, or over an hour."""
    touched = max(1, scene.hosts // scene.one_in)
    for number in range(scene.sweeps + scene.slow_sweeps):
        source = f"198.{18 + number // 250}.{number % 250}.7"
        kind, lasts_s = (Kind.SWEEP, 60) if number < scene.sweeps else (Kind.SLOW_SWEEP, HOUR_S)
        begins_s = dice.uniform(0, scene.hours * HOUR_S - lasts_s)
        port = dice.choice((22, 23, 445, 3389, 5900, 8080))
        hosts = dice.sample(range(scene.hosts), touched)
        contacts = (Contact(begins_s + dice.uniform(0, lasts_s), source, host, port) for host in hosts)
        yield _Scanner(source, kind, tuple(contacts))


def _bots(scene: Scene, dice: random.Random) -> Iterator[_Scanner]:
    """Give each bot: within an hour it tries ports of its own share, each at another host of one in `one_in`."""
    touched = max(1, scene.hosts // scene.one_in)
    share = PORT_SPACE // max(1, scene.bots)
    begin_s = [dice.uniform(0, (scene.hours - 1) * HOUR_S) for _ in range(scene.botnets)]
    for number in range(scene.botnets * scene.bots):
        botnet, bot = divmod(number, scene.bots)
        source = _far_apart(BOTS, number)
        ports = range(1 + bot * share, 1 + (bot + 1) * share)
        contacts = (
            Contact(begin_s[botnet] + dice.uniform(0, HOUR_S), source, host, dice.choice(ports))
            for host in dice.sample(range(scene.hosts), touched)
        )
        yield _Scanner(source, Kind.BOT, tuple(contacts))


def _harmless(scene: Scene, dice: random.Random) -> Iterator[Contact]:
    """Give what clients do by mistake."""
    whole_s = scene.hours * HOUR_S
    for number in range(scene.clients):
        source = _far_apart(CLIENTS, number)
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
            yield Contact(begins_s + port, _far_apart(DECOYS, number), host, port)


def _far_apart(first: int, number: int) -> str:
    """Give an address in a /24 of its own for each number; neighbours would be judged as one network."""
    return str(IPv4Address(first + number * 257))


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
