"""Measure live capture: send at full speed over a veth pair between two namespaces, and account for every packet."""

import contextlib
import json
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from captures import EXAMPLES

from scanwarden._core import _native
from scanwarden.lab import names
from scanwarden.lab.namespace import Namespace

RECEIVER_MAC = "02:00:00:00:00:10"
QUIET_S = 0.3  # so long after the last packet nothing is on its way any more: rings are handed over after 4 ms
LIMIT_S = 600


class Reception(NamedTuple):
    """What was sent and what became of it; `candidates` are the packets that pass the filter."""

    sent: int
    candidates: int
    received: int
    dropped: int
    lost_before: int  # by the interface, before any packet socket saw them
    send_s: float
    cpu_s: float
    peak_bytes: int
    opened: int

    @property
    def fault(self) -> str | None:
        """Say what does not add up.

        What the interface lost may have been candidates or not, unless all were.
        """
        missing = self.candidates - self.received - self.dropped
        fewest = self.lost_before if self.candidates == self.sent else 0
        if fewest <= missing <= self.lost_before:
            return None
        return f"live: of {self.candidates:,} packets that pass the filter {missing:,} are unaccounted for"

    def __str__(self) -> str:
        return (
            f"sent {self.sent:,} ({self.sent / self.send_s / 1000:,.0f} kpps), {self.candidates:,} pass the filter: "
            f"received {self.received:,}, dropped {self.dropped:,}, lost before the socket {self.lost_before:,}; "
            f"receiver {self.cpu_s / max(self.sent, 1) * 1e9:,.0f} ns of CPU a packet sent"
        )


@contextlib.contextmanager
def wire() -> Iterator[tuple[Namespace, Namespace]]:
    """Give a sender and a receiver, joined by interfaces called eth0 that carry only what we send."""
    prefix = names.lab_prefix()
    with contextlib.ExitStack() as cleanup:
        ends = []
        for role in ("sender", "receiver"):
            end = Namespace(prefix, role)
            cleanup.callback(end.remove)
            end.set_sysctls({f"net/ipv6/conf/{which}/disable_ipv6": "1" for which in ("all", "default")})
            ends.append(end)
        sender, receiver = ends
        sender.ip("link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", receiver.name)
        receiver.ip("link", "set", "eth0", "address", RECEIVER_MAC, "up")
        sender.ip("link", "set", "eth0", "up")
        yield sender, receiver


def receive(
    packets: int, *, packets_per_s: int = 0, candidate_percent: int = 100, memory_bytes: int = 32 << 20
) -> Reception:
    """Send `packets` packets (0 a second: as fast as it goes) and watch for scans meanwhile."""
    settings = {"home": ["198.51.100.0/24"], "sensor": "bench", "memory_bytes": memory_bytes}
    with wire() as (sender, receiver):
        capture = receiver.visit(lambda: _native.LiveCapture(["eth0"]))
        detector = _native.Detector(json.dumps(settings).encode())
        order = [str(packets), str(packets_per_s), str(candidate_percent)]
        command = sender.argv([str(EXAMPLES / "traffic"), "send", "eth0", RECEIVER_MAC, *order])
        start_cpu_s = time.process_time()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as sending:
            opened = _drain(capture, detector, sending)
            said = json.loads(sending.stdout.read() if sending.stdout else b"")
        cpu_s = time.process_time() - start_cpu_s
        counted = capture.statistics()
        lost_before = _transmit_drops(sender)
        capture.close()
    return Reception(
        said["sent"],
        said["candidates"],
        counted["received"],
        counted["dropped"],
        lost_before,
        said["wall_s"],
        cpu_s,
        _peak_bytes(),
        opened,
    )


def _drain(capture: _native.LiveCapture, detector: _native.Detector, sending: subprocess.Popen[bytes]) -> int:
    """Take packets until the sender has ended and nothing came for a while; count the scans that opened."""
    opened = 0
    deadline_s = time.monotonic() + LIMIT_S
    last_packet_s = time.monotonic()
    while sending.poll() is None or time.monotonic() - last_packet_s < QUIET_S:
        if time.monotonic() > deadline_s:
            sending.kill()
            raise SystemExit(f"live: the sender did not end within {LIMIT_S} s")
        select.select([capture.fileno()], [], [], 0.05)
        if capture.dispatch(detector):
            last_packet_s = time.monotonic()
        opened += sum(json.loads(event)["event"] == "opened" for event in detector.take_events())
    return opened


def _transmit_drops(sender: Namespace) -> int:
    """Count what the interface pair dropped: veth counts a full backlog of the peer as its own."""
    shown = sender.run(["ip", "-json", "-statistics", "link", "show", "eth0"])
    statistics = json.loads(shown.stdout)[0]["stats64"]
    return int(statistics["tx"]["dropped"])


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
