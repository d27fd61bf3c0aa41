"""Stage a capture: hosts, a seeded random source, and the frames that pass the guarded host's interface.

A scene is written by conversations (`flows`), kept in memory and saved in time order. The same seed gives the
same bytes. What is on stage: the guarded host at 10.77.1.10 and fd77:1::10, its gateway, neighbours on
the link, and the wider world behind the gateway.
"""

import random
from collections.abc import Iterable
from pathlib import Path

import msgspec

from scanwarden.lab import addresses, frames, pcap
from scanwarden.lab.addresses import address4, address6, mac
from scanwarden.lab.frames import mac_bytes
from scanwarden.lab.stacks import EVERY_STACK, LINUX, Stack

START_NS = 1_767_225_600_000_000_000
"""2026-01-01T00:00:00Z, when every scene begins."""

SECOND_NS = 1_000_000_000


class Host(msgspec.Struct, frozen=True):
    """Somebody on stage: one IPv4 and one IPv6 address behind one hardware address.

    `ttl` is what arrives at the guarded host, `clock_ms` what its timestamp clock (RFC 7323) showed at the epoch;
    `open_tcp` and `open_udp` are the ports that answer.
    """

    address4: str
    address6: str
    mac: bytes
    stack: Stack = LINUX
    ttl: int = 64
    clock_ms: int = 0
    open_tcp: frozenset[int] = frozenset()
    open_udp: frozenset[int] = frozenset()


def link_host(number: int, *, stack: Stack = LINUX, open_tcp: Iterable[int] = (), open_udp: Iterable[int] = ()) -> Host:
    """Return host `number` (1-254) of the guarded host's link."""
    return Host(
        address4(number),
        address6(number),
        mac_bytes(mac(number)),
        stack=stack,
        ttl=stack.ttl,
        clock_ms=number << 20,
        open_tcp=frozenset(open_tcp),
        open_udp=frozenset(open_udp),
    )


GATEWAY = link_host(addresses.GATEWAY)
GUARDED = link_host(addresses.GUARDED, open_tcp=(21, 22, 25, 80, 443), open_udp=(53, 123))


def seconds(value: float) -> int:
    """Return `value` seconds in nanoseconds."""
    return round(value * SECOND_NS)


class Scene:
    """Collects timed frames; all randomness comes from `rng`, all time from arguments (ns since the epoch)."""

    def __init__(self, seed: int | str, *, is_ipv6: bool | None = None) -> None:
        self.rng = random.Random(seed)
        drawn = self.rng.random() < 0.3
        self.is_ipv6 = drawn if is_ipv6 is None else is_ipv6
        self.start_ns = START_NS
        self.guarded = GUARDED
        self.home_hosts = [GUARDED]
        self.timed_frames: list[pcap.TimedFrame] = []

    @property
    def home(self) -> list[str]:
        """Return the networks that are ours in this scene: one per address of each home host."""
        return [f"{host.address4}/32" for host in self.home_hosts] + [
            f"{host.address6}/128" for host in self.home_hosts
        ]

    def add_home_hosts(self, count: int) -> list[Host]:
        """Add `count` hosts like the guarded one at the numbers after it; return all home hosts."""
        first = addresses.GUARDED + len(self.home_hosts)
        self.home_hosts += [
            link_host(number, open_tcp=GUARDED.open_tcp, open_udp=GUARDED.open_udp)
            for number in range(first, first + count)
        ]
        return self.home_hosts

    def at(self, offset_s: float) -> int:
        """Return the time `offset_s` seconds into the scene."""
        return self.start_ns + seconds(offset_s)

    def outsider(self, *, stack: Stack = LINUX) -> Host:
        """Return a new host of the wider world, a few hops behind the gateway.

        Its addresses are of ranges set aside for tests and examples (RFC 2544 appendix C, RFC 3849).
        """
        rng = self.rng
        address4 = f"198.{rng.randrange(18, 20)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"
        groups = [f"{rng.randrange(1 << 16):x}" for _ in range(3)]
        address6 = f"2001:db8:{groups[0]}:{groups[1]}::{groups[2]}"
        return Host(
            address4,
            address6,
            GATEWAY.mac,
            stack=stack,
            ttl=stack.ttl - rng.randrange(6, 22),
            clock_ms=rng.randrange(1 << 32),
        )

    def outsiders(self, count: int) -> list[Host]:
        """Return `count` new hosts of the wider world that run all kinds of systems."""
        return [self.outsider(stack=self.rng.choice(EVERY_STACK)) for _ in range(count)]

    def address_of(self, host: Host) -> str:
        """Return the address of `host` in this scene's family."""
        return host.address6 if self.is_ipv6 else host.address4

    def put(self, time_ns: int, frame: bytes) -> None:
        """Place a finished frame at `time_ns`."""
        self.timed_frames.append((time_ns, frame))

    def send(
        self, time_ns: int, sender: Host, receiver: Host, transport: frames.Transport, *, ttl: int | None = None
    ) -> bytes:
        """Place the frame that carries `transport` from `sender` to `receiver`; return its IP packet."""
        source, destination = self.address_of(sender), self.address_of(receiver)
        body = frames.packet(
            source, destination, transport, ttl=sender.ttl if ttl is None else ttl, ident=self.rng.randrange(1 << 16)
        )
        self.put(time_ns, frames.ethernet(receiver.mac, sender.mac, body))
        return body

    def cast(
        self,
        time_ns: int,
        sender: Host,
        group: str,
        transport: frames.Transport,
        *,
        ttl: int = 1,
        source: str | None = None,
    ) -> None:
        """Place a frame to a multicast group, or to everybody when `group` is a broadcast address."""
        if source is None:
            source = sender.address6 if ":" in group else sender.address4
        is_broadcast = group.endswith(".255")
        to = frames.BROADCAST_MAC if is_broadcast else frames.multicast_mac(group)
        body = frames.packet(source, group, transport, ttl=ttl, ident=self.rng.randrange(1 << 16))
        self.put(time_ns, frames.ethernet(to, sender.mac, body))

    def refuse(self, time_ns: int, refuser: Host, original: bytes, receiver: Host) -> None:
        """Place the port-unreachable error by which `refuser` answers the IP packet `original`."""
        body = frames.unreachable(self.address_of(refuser), original, ttl=refuser.ttl)
        self.put(time_ns, frames.ethernet(receiver.mac, refuser.mac, body))

    def drawn(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return self.rng.randint(low, high)

    def round_trip_ns(self, host: Host) -> int:
        """Return a plausible round-trip time to `host`: under a millisecond on the link, tens beyond it."""
        if host.mac == GATEWAY.mac and host is not GATEWAY:
            return seconds(self.rng.uniform(0.012, 0.14))
        return seconds(self.rng.uniform(0.0002, 0.001))

    def ephemeral_port(self) -> int:
        """Return a client port as Linux chooses it (32768-60999)."""
        return self.rng.randrange(32768, 61000)

    def sorted_frames(self) -> list[pcap.TimedFrame]:
        """Return all frames in time order; frames of one instant keep the order they were placed in."""
        return sorted(self.timed_frames, key=lambda timed: timed[0])

    def write(self, path: Path) -> None:
        """Save the scene as a pcap file."""
        pcap.write_pcap(path, self.sorted_frames())
