"""Write the log of a firewall on which a few sources scan and very many knock once or twice.

Everything is drawn from one seed: addresses, ports, times, techniques, prefixes and the shape of the header. Scanners
touch twenty ports and more; everybody else touches one to three and comes back to them, as misconfigured clients and
the noise of the internet do.
"""

import random
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import NamedTuple

START_S = 1_767_323_045
DAY_S = 86_400
REFUSING_PREFIXES: Sequence[str] = (
    "DROP ",
    "[UFW BLOCK] ",
    "FINAL_REJECT: ",
    "IN_public_DROP: ",
    "Shorewall:net-fw:DROP:",
    "",
)
# What the unsolicited traffic of a public address mostly asks for.
NOISE_PORTS: Sequence[int] = (
    22,
    23,
    25,
    53,
    80,
    81,
    110,
    123,
    135,
    137,
    139,
    143,
    443,
    445,
    1433,
    1723,
    3306,
    3389,
    5060,
)
MORE_NOISE_PORTS: Sequence[int] = (
    5432,
    5555,
    5900,
    5984,
    6379,
    7547,
    8000,
    8080,
    8081,
    8443,
    8888,
    9200,
    11211,
    27017,
    37215,
)
FLAGS: Sequence[str] = ("SYN ", "FIN ", "", "URG PSH FIN ")


class Scenario(NamedTuple):
    """How much of what; `seed` draws the rest."""

    seed: int
    lines: int = 1_000_000
    scanners: int = 50
    bystanders: int = 10_000


class FirewallLog:
    """One log; `scanners` says who must be found, and `lines` gives the text in order of time."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._dice = random.Random(scenario.seed)
        addresses = self._dice.sample(range(0x0B00_0000, 0x7E00_0000), scenario.scanners + scenario.bystanders)
        self._sources = [str(IPv4Address(number)) for number in addresses]
        self.scanners = frozenset(self._sources[: scenario.scanners])
        self._prefix = self._dice.choice(REFUSING_PREFIXES)
        self._span_s = self._dice.randrange(2 * 3600, DAY_S)
        self._stamp = self._dice.choice((_iso, _bsd))

    def lines(self) -> Iterator[bytes]:
        """Yield each line with its newline."""
        events = self._events()
        events.sort()
        for at_s, source, port, flags in events:
            yield self._line(at_s, source, port, flags)

    def _events(self) -> list[tuple[float, str, int, str]]:
        events: list[tuple[float, str, int, str]] = []
        scenario = self.scenario
        for source in self._sources[: scenario.scanners]:
            events += self._scan(source, most_ports=max(21, scenario.lines // (4 * scenario.scanners)))
        bystanders = self._sources[scenario.scanners :]
        knocks = [self._knock(source) for source in bystanders]
        events += [(self._time(), source, self._dice.choice(ports), "SYN ") for source, ports in knocks]
        while len(events) < scenario.lines:
            source, ports = self._dice.choice(knocks)
            events.append((self._time(), source, self._dice.choice(ports), "SYN "))
        return events[: scenario.lines]

    def _scan(self, source: str, *, most_ports: int) -> list[tuple[float, str, int, str]]:
        ports = self._dice.sample(range(1, 65_536), self._dice.randrange(20, min(most_ports, 5_000)))
        flags = self._dice.choice(FLAGS)
        gap_s = self._dice.choice((0.0005, 0.01, 0.5, 5.0))
        gap_s = min(gap_s, self._span_s / len(ports))
        begin_s = self._dice.uniform(0, max(0.0, self._span_s - gap_s * len(ports)))
        return [(begin_s + gap_s * index, source, port, flags) for index, port in enumerate(ports)]

    def _knock(self, source: str) -> tuple[str, list[int]]:
        known = (*NOISE_PORTS, *MORE_NOISE_PORTS)
        return source, self._dice.sample(known, self._dice.randrange(1, 4))

    def _time(self) -> float:
        return self._dice.random() * self._span_s

    def _line(self, at_s: float, source: str, port: int, flags: str) -> bytes:
        return (
            f"{self._stamp(START_S + at_s)} gate kernel: {self._prefix}IN=eth0 OUT= "
            f"MAC=02:00:00:00:00:10:02:00:00:00:00:50:08:00 SRC={source} DST=192.0.2.10 LEN=40 TOS=0x00 PREC=0x00 "
            f"TTL=50 ID={port ^ 0x5555} PROTO=TCP SPT={_source_port(source, port)} DPT={port} WINDOW=1024 "
            f"RES=0x00 {flags}URGP=0 \n"
        ).encode()


def _iso(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="microseconds")


def _bsd(time_s: float) -> str:
    return f"{datetime.fromtimestamp(time_s, UTC):%b %e %H:%M:%S}"


def _source_port(source: str, port: int) -> int:
    """Give each source ports of its own, the same for the same line."""
    return 32_768 + (zlib.crc32(source.encode()) ^ (port * 40_503)) % 28_000
