"""Simulated hosts of a fleet for tests: real agents and messages, and a guard that keeps what it was asked."""

import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyarrow as pa

from scanwarden._core import _native
from scanwarden.control.contract import RefusedError
from scanwarden.fleet.agent import Agent
from scanwarden.fleet.bus import Bus
from scanwarden.fleet.hosts import JoinToken, enrol
from scanwarden.fleet.keys import SigningKey, Verifier
from scanwarden.fleet.messages import MOST_ROWS, Sightings, sign
from scanwarden.fleet.news import AgentNews
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.store.sightings import PARTITIONS, Piece, SightingsSpool

CLOSED = 2
ROW_BYTES = 54


def rows(probes: Iterable[tuple[str, str, int]], *, now_ns: int) -> dict[int, bytes]:
    """Pack closed TCP ports, (source, target, port), by partition."""
    sources, targets, ports = zip(*probes, strict=True)
    count = len(sources)
    table = pa.table(
        {
            "time_ns": pa.array([now_ns] * count, pa.int64()),
            "source": pa.array(sources),
            "target": pa.array(targets),
            "protocol": pa.array([6] * count),
            "port": pa.array(ports),
            "outcome": pa.array([CLOSED] * count),
        }
    )
    return dict(_native.pack_probes(table, PARTITIONS))


def pings(sources: list[str], *, now_ns: int) -> dict[int, bytes]:
    """Pack an echo request with data of each source."""
    count = len(sources)
    table = pa.table(
        {
            "time_ns": pa.array([now_ns] * count, pa.int64()),
            "source": pa.array(sources),
            "target": pa.array(["192.0.2.1"] * count),
            "class": pa.array([_native.probe_classes().index("icmp_echo")] * count, pa.int8()),
            "port": pa.array([8] * count),
            "outcome": pa.array([1] * count),
        }
    )
    return dict(_native.pack_probes(table, PARTITIONS))


class KeepingGuard:
    """Notes bans and when they came; refuses protected sources, as a host's service does."""

    def __init__(self, protected: Iterable[str] = ()) -> None:
        self._protected = PrefixTable({Prefix.parse(one): "protected" for one in protected})
        self.banned: dict[str, float] = {}
        self.refused: list[str] = []

    def ban(self, source: Prefix, *, duration_s: int, reason: str, forgeable: bool) -> None:
        """Note a ban, or refuse it."""
        assert duration_s > 0
        assert reason
        assert forgeable  # a closed port proves no address
        if self._protected.overlap(source) is not None:
            self.refused.append(str(source))
            raise RefusedError(f"{source} is protected")
        self.banned[str(source)] = time.monotonic()


class Host:
    """One host: its key, spool and guard."""

    def __init__(self, name: str, folder: Path, protected: Iterable[str] = ()) -> None:
        self.name = name
        self.key = SigningKey.new()
        self.spool = SightingsSpool(folder / name, max_bytes=16 << 20)
        self.spool.open()
        self.guard = KeepingGuard(protected)
        self.news = AgentNews(host=name)
        self._sequence = 0

    async def join(self, bus: Bus, token: JoinToken) -> None:
        """Enrol."""
        await enrol(bus, self.name, self.key, token, time.time_ns())

    def agent(self, bus: Bus, token: JoinToken) -> Agent:
        """Make the host's agent."""
        return Agent(
            bus,
            host=self.name,
            key=self.key,
            authority=Verifier(token.authority),
            spool=self.spool,
            guard=self.guard,
            news=self.news,
            now_ns=time.time_ns,
        )

    def see(self, *probes: tuple[str, str, int]) -> None:
        """Spool closed ports that were touched here, as the host's service would."""
        now_ns = time.time_ns()
        self.spool.append([Piece(part, packed) for part, packed in rows(probes, now_ns=now_ns).items()], now_ns)

    def messages(self, packed: dict[int, bytes], *, now_ns: int) -> list[tuple[int, bytes]]:
        """Sign packed rows as messages: (partition, payload)."""
        made = []
        for partition, content in packed.items():
            for begin in range(0, len(content), MOST_ROWS * ROW_BYTES):
                self._sequence += 1
                message = Sightings(
                    host=self.name,
                    sequence=self._sequence,
                    time_ns=now_ns,
                    partition=partition,
                    rows=content[begin : begin + MOST_ROWS * ROW_BYTES],
                )
                made.append((partition, sign(message, self.key)))
        return made

    @property
    def verifier(self) -> Verifier:
        """Give what this host's messages are checked with."""
        return Verifier(self.key.public)


def tampered(payload: bytes) -> bytes:
    """Change one byte of the body of a signed message."""
    body, signature = msgspec.msgpack.decode(payload)
    return msgspec.msgpack.encode((body[:-1] + bytes([body[-1] ^ 1]), signature))
