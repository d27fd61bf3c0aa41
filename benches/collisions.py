"""Compare what addresses cost that somebody prepared to collide with what as many random ones cost.

They collide for one who knows the key; nobody does, because every run draws its own. So the prepared ones should cost
what the random ones do, at most half as much again. With the key given away they take places from each other, which
tests/property/test_collisions.py counts; a look-up costs the same even then.
"""

import statistics
import sys
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from pathlib import Path

from captures import folder
from runs import run

from scanwarden.lab.frames import Tcp, ethernet, mac_bytes, packet
from scanwarden.lab.pcap import TimedFrame, write_pcap

HERE = Path(__file__).resolve().parent
TARGET = "198.51.100.10"
SOURCES = 12_000
VISITS = 25  # of each source, one after the other
CROWDED = 16  # the prepared addresses share a sixteenth of the buckets
MEMORY_BYTES = 8 << 20
GIVEN_AWAY = "0"
START_NS = 1_767_225_600_000_000_000
GAP_NS = 20_000
_WORD = (1 << 64) - 1
_FINISH = 0x9E37_79B9_7F4A_7C15
_GOLDEN_RATIO = 0x9E37_79B1  # odd: multiplied by it, 32-bit numbers are all different


def address_of(number: int) -> int:
    """Give an address of 64.0.0.0/2: neighbours in number are not neighbours in address."""
    return 0x4000_0000 | (number * _GOLDEN_RATIO & 0x3FFF_FFFF)


def hash_without_key(address: int) -> int:
    """Hash an IPv4 address as the core does when its key is zero (both halves are then made 1)."""
    product = ((0xFFFF_0000_0000 | address) ^ 1) * _FINISH
    return (product ^ product >> 64) & _WORD


def prepared() -> list[int]:
    """Find addresses whose hashes agree in the first bits of the bucket's number."""
    found: list[int] = []
    number = 0
    while len(found) < SOURCES:
        number += 1
        address = address_of(number)
        if hash_without_key(address) * CROWDED >> 64 == 0:
            found.append(address)
    return found


def scattered() -> list[int]:
    """Give as many addresses that nobody prepared."""
    return [address_of(number) for number in range(SOURCES)]


def visits(sources: Sequence[int]) -> Iterator[TimedFrame]:
    """Give one SYN of every source in turn, again and again."""
    to, from_ = mac_bytes("02:00:00:00:00:10"), mac_bytes("02:00:00:00:00:50")
    syn = Tcp(40_000, 443, "S")
    frames = [ethernet(to, from_, packet(str(IPv4Address(source)), TARGET, syn)) for source in sources]
    for number in range(VISITS * len(frames)):
        yield START_NS + number * GAP_NS, frames[number % len(frames)]


def make(name: str, sources: Sequence[int]) -> Path:
    """Write the capture of some sources."""
    path = folder() / f"collisions-{name}.pcap"
    write_pcap(path, visits(sources))
    return path


def measure(rounds: int) -> str:
    """Run both in turn; say the median ratio of CPU time and its range, with keys drawn and with the key given away."""
    paths = {"prepared": make("prepared", prepared()), "scattered": make("scattered", scattered())}
    said = [
        f"{name} {_ratio(paths, rounds, key)}"
        for name, key in (("keys drawn:", ()), ("key given away:", (GIVEN_AWAY,)))
    ]
    return f"CPU time of addresses made to collide to that of others (at most 1.5 is promised): {'; '.join(said)}"


def _ratio(paths: dict[str, Path], rounds: int, key: tuple[str, ...]) -> str:
    ratios = []
    for _ in range(rounds):
        cpu_s = {
            name: run([sys.executable, HERE / "detect.py", path, TARGET, str(MEMORY_BYTES), *key]).cpu_s
            for name, path in paths.items()
        }
        ratios.append(cpu_s["prepared"] / cpu_s["scattered"])
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
