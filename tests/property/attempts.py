"""Random small traffic: attempts of a few outside sources at a few ports of ours, and the frames they make.

Whether a port is open, closed or silent is fixed by its number, so that retries get the answer they got before.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from scanwarden._core import _native
from scanwarden.lab.frames import Icmp, Tcp, Udp, ethernet, mac_bytes, packet, unreachable
from scanwarden.lab.pcap import TimedFrame, write_pcap
from scanwarden.model.time import NS_PER_S

START_NS = 1_750_000_000 * NS_PER_S
NS_PER_MS = 1_000_000
KEY = "a3c59ac2f0136d5be1d28f9043b7865e"
STEP_NS = 50_000  # between the packets of one attempt
SOURCES = ("192.0.2.7", "198.18.4.9", "203.0.113.5", "100.64.8.8")
TARGETS = ("198.51.100.10", "198.51.100.11", "198.51.100.12")
OPEN, CLOSED, SILENT = "open", "closed", "silent"
TCP_FLAGS = {"syn": "S", "half_open": "S", "fin": "F", "null": "", "xmas": "FPU"}
KINDS = (*TCP_FLAGS, "udp", "empty_echo", "echo", "timestamp")
GAPS_MS = (2, 7, 30, 430, 1_700, 31_000, 58_000, 63_000, 300_000, 3_700_000)
_OURS, _THEIRS = mac_bytes("02:00:00:00:00:10"), mac_bytes("02:00:00:00:00:50")


class Attempt(NamedTuple):
    """One source tries one port once."""

    time_ns: int
    source: str
    target: str
    port: int
    kind: str

    @property
    def state(self) -> str:
        """Say what the port is: of TCP's every third is open, no port of UDP's is."""
        if self.kind == "udp":
            return CLOSED if self.port % 2 else SILENT
        return (OPEN, CLOSED, SILENT)[self.port % 3]


@st.composite
def attempts(draw: st.DrawFn, *, kinds: Sequence[str] = KINDS, max_size: int = 40) -> list[Attempt]:
    """Draw attempts in order of time, no two at once."""
    drawn = []
    time_ns = START_NS
    for _ in range(draw(st.integers(1, max_size))):
        time_ns += draw(st.sampled_from(GAPS_MS)) * NS_PER_MS
        source, target = draw(st.sampled_from(SOURCES)), draw(st.sampled_from(TARGETS))
        drawn.append(Attempt(time_ns, source, target, draw(st.integers(600, 619)), draw(st.sampled_from(kinds))))
    return drawn


def frames_of(attempt: Attempt, number: int) -> list[TimedFrame]:
    """Give the packets of one attempt; `number` makes its source port its own."""
    source_port = 20_000 + number
    if attempt.kind in TCP_FLAGS:
        sent = _tcp(attempt, source_port)
    elif attempt.kind == "udp":
        probe = packet(attempt.source, attempt.target, Udp(source_port, attempt.port, b"x"))
        sent = [(True, probe)]
        if attempt.state == CLOSED:
            sent.append((False, unreachable(attempt.target, probe)))
    else:
        sent = [(True, packet(attempt.source, attempt.target, _icmp(attempt.kind)))]
    return [
        (
            attempt.time_ns + step * STEP_NS,
            ethernet(_OURS, _THEIRS, body) if is_inbound else ethernet(_THEIRS, _OURS, body),
        )
        for step, (is_inbound, body) in enumerate(sent)
    ]


def _tcp(attempt: Attempt, source_port: int) -> list[tuple[bool, bytes]]:
    def inbound(flags: str, sequence: int, acknowledgement: int = 0) -> tuple[bool, bytes]:
        segment = Tcp(source_port, attempt.port, flags, sequence, acknowledgement)
        return True, packet(attempt.source, attempt.target, segment)

    def outbound(flags: str, sequence: int, acknowledgement: int) -> tuple[bool, bytes]:
        segment = Tcp(attempt.port, source_port, flags, sequence, acknowledgement, 0 if "R" in flags else 64_240)
        return False, packet(attempt.target, attempt.source, segment)

    probe = inbound(TCP_FLAGS[attempt.kind], 100)
    if attempt.state == CLOSED:
        return [probe, outbound("RA", 0, 101)]
    if attempt.state == SILENT or attempt.kind not in {"syn", "half_open"}:
        return [probe]
    greeted = [probe, outbound("SA", 900, 101)]
    if attempt.kind == "half_open":
        return [*greeted, inbound("R", 101)]
    return [
        *greeted,
        inbound("A", 101, 901),
        inbound("PA", 101, 901),
        inbound("FA", 102, 901),
        outbound("FA", 901, 103),
        inbound("A", 103, 902),
    ]


def _icmp(kind: str) -> Icmp:
    if kind == "timestamp":
        return Icmp(13, payload=bytes(12))
    return Icmp(8, payload=b"" if kind == "empty_echo" else bytes(56))


class Told(NamedTuple):
    """What the detector said about a capture."""

    events: list[dict[str, Any]]
    counters: dict[str, int]
    table_bytes: int

    @property
    def opened(self) -> set[str]:
        """Give the addresses of the sources that were reported."""
        return {event["source"]["address"] for event in self.events if event["event"] == "opened"}


def detect(
    frames: Sequence[TimedFrame], *, max_packets: int = 100_000, home: Sequence[str] = TARGETS, **settings: object
) -> Told:
    """Replay frames, at most `max_packets` a call, through a detector with a fixed key."""
    asked = {"home": list(home), "sensor": "test", "key_hex": KEY, "memory_bytes": 1 << 21} | settings
    detector = _native.Detector(json.dumps(asked).encode())
    descriptor = os.memfd_create("capture")
    try:
        path = Path(f"/proc/self/fd/{descriptor}")
        write_pcap(path, frames)
        capture = _native.CaptureFile(path)
        while capture.replay(detector, max_packets):
            pass
    finally:
        os.close(descriptor)
    detector.finish()
    events = [json.loads(event) for event in detector.take_events()]
    return Told(events, detector.counters(), detector.table_bytes())
