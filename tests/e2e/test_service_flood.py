"""A flood of random sources bans no innocent, grows nothing, and hides no scan from the running service.

The full count is `make soak`, which sets SCANWARDEN_FLOOD_S, and SCANWARDEN_TRAFFIC to a sender that is fast enough.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from scanwarden import hostcmd
from scanwarden.lab import Lab, inject
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4, mac
from scanwarden.lab.frames import Tcp, ethernet, mac_bytes, packet
from scanwarden.model.detection import Opened
from tests.e2e.service_host import ServiceHost, serving
from tests.property.flood import random_sources, syn_frames

pytestmark = pytest.mark.kernel

FLOOD_S = int(os.environ.get("SCANWARDEN_FLOOD_S", "6"))
TRAFFIC = os.environ.get("SCANWARDEN_TRAFFIC")
RATE = 300_000
LONG_ENOUGH_S = 10.0  # by then every table and cache has been touched
SETTLED_AFTER_S = min(LONG_ENOUGH_S, FLOOD_S / 3)
FLOODED = "198.51.100.10"  # the address that the sender knows
EARLIER = "192.0.2.9"
DIFFERENT_FRAMES = 200_000
NMAP = ["nmap", "-n", "-Pn", "-sS", "-p1-100", "--max-retries", "0", "--min-rate", "50", address4(GUARDED)]
MOST_PSS_BYTES = 160 << 20
MOST_GROWTH_BYTES = 1 << 20
TO, FROM = mac_bytes(mac(GUARDED)), mac_bytes(mac(SCANNER))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(services=("ssh:22", "http:443")) as running:
        running.guarded.ip("address", "add", f"{FLOODED}/32", "dev", "eth0")
        yield running


class Flood:
    """SYNs to an open port, nearly each from another source, for some seconds; `sent` and `wall_s` say how many."""

    def __init__(self, lab: Lab, *, seconds: float, rate: int) -> None:
        self._lab = lab
        self._seconds = seconds
        self._rate = rate
        self.sent = 0
        self.wall_s = 0.0
        self._thread = threading.Thread(target=self._send_fast if TRAFFIC else self._send)

    def __enter__(self) -> "Flood":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    @property
    def packets_per_s(self) -> float:
        return self.sent / self.wall_s

    def _send_fast(self) -> None:
        order = [str(int(self._rate * self._seconds) or 1_000_000), str(self._rate), "100"]
        said = self._lab.scanner.run(
            [str(TRAFFIC), "send", "eth0", mac(GUARDED), *order], limit_s=self._seconds * 20 + 60
        )
        counted = msgspec.json.decode(said.stdout, type=dict[str, float])
        self.sent, self.wall_s = int(counted["sent"]), counted["wall_s"]

    def _send(self) -> None:
        sources = random_sources(DIFFERENT_FRAMES)
        frames = [TO + FROM + frame[12:] for _, frame in syn_frames(sources, target=FLOODED)]
        began_s = time.monotonic()
        with self._lab.scanner.open_socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
            wire.bind(("eth0", 0))
            while (spent_s := time.monotonic() - began_s) < (self._seconds or 1.0):
                for frame in frames[:1000]:
                    wire.send(frame)
                self.sent += 1000
                frames = frames[1000:] + frames[:1000]
        self.wall_s = spent_s


class Memory(NamedTuple):
    """What the parts of a service hold, in bytes.

    `pss_bytes` is the sum of proportional set sizes (proc_pid_smaps(5)). The share of the interpreter's and the
    libraries' pages in it grows when another process on the machine that maps them ends: 8 interpreters that end beside
    an idle service are 3.6 MiB. So `own_bytes`, by which growth is judged, counts memory without a file by its share
    and pages of files by the page, however many others map them.
    """

    pss_bytes: int
    own_bytes: int


def parts_of(service: ServiceHost) -> list[Path]:
    """List the processes of the service as folders of /proc, without a child that is about to be another program."""

    def found() -> Iterator[Path]:
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it ended just now
                if str(service.file).encode() in (folder / "cmdline").read_bytes():
                    yield folder

    at_first = set(found())
    time.sleep(0.5)
    return sorted(at_first & set(found()))


def memory_of(parts: Sequence[Path]) -> Memory:
    """Add up what the processes hold; each of them must still be there."""
    pss_kib = own_kib = 0
    for folder in parts:
        sizes = kib_by_name(folder / "smaps_rollup")
        pss_kib += sizes["Pss"]
        own_kib += sizes["Pss_Anon"] + sizes["Pss_Shmem"] + kib_by_name(folder / "status")["RssFile"]
    return Memory(pss_kib * 1024, own_kib * 1024)


def kib_by_name(file: Path) -> dict[str, int]:
    """Read the lines `Name: N kB` of a file of /proc."""
    words = [line.split() for line in file.read_text().splitlines()]
    return {line[0].rstrip(":"): int(line[1]) for line in words if len(line) == 3 and line[2] == "kB"}


def warm_up(service: ServiceHost) -> None:
    """Have the service deal with one scan, so that all it needs for the next is loaded."""
    frames = [ethernet(TO, FROM, packet(EARLIER, address4(GUARDED), Tcp(40_000, port))) for port in range(2000, 2010)]
    inject.send_frames(service.lab.scanner, frames)
    service.wait(lambda: service.banned() == {EARLIER} and service.client.status().store.queued == 0)


def test_a_flood_bans_no_innocent_grows_nothing_and_hides_no_scan(lab: Lab) -> None:
    with Flood(lab, seconds=0, rate=0) as fastest:
        pass
    with serving(lab) as service:
        warm_up(service)
        parts = parts_of(service)
        before = memory_of(parts)
        sizes: list[tuple[float, Memory]] = []
        with Flood(lab, seconds=FLOOD_S, rate=min(RATE, int(fastest.packets_per_s))) as flood:
            began_s = time.monotonic()
            with hostcmd.Background(lab.bystander.argv(["sleep", str(FLOOD_S / 2)])) as half:
                while half.is_running:
                    sizes.append((time.monotonic() - began_s, memory_of(parts)))
                    time.sleep(0.2)
            with lab.bystander.start(NMAP):
                service.wait(lambda: len(service.records(Opened)) > 1)
                told_s = time.time()
            while time.monotonic() - began_s < FLOOD_S:
                sizes.append((time.monotonic() - began_s, memory_of(parts)))
                time.sleep(0.2)
        _, scan = service.records(Opened)  # the flood itself is none
        service.wait(lambda: len(service.banned()) > 1)
        dropped = service.client.status().dropped
        late_s = told_s - int(scan.evidence.parts[3].time) / 1e9
        settled = [size for at_s, size in sizes if at_s > SETTLED_AFTER_S]
        pss = [size.pss_bytes for size in settled]
        own = [size.own_bytes for size in settled]
        print(  # noqa: T201 figures for whoever runs this
            f"{FLOOD_S} s of SYNs from random sources: {flood.packets_per_s / 1000:.0f} kpps "
            f"(this rig's most: {fastest.packets_per_s / 1000:.0f} kpps), {dropped} of {flood.sent} not seen; "
            f"scan told {late_s:.2f} s after its fourth closed contact; "
            f"sum of PSS {before.pss_bytes / 2**20:.1f} MiB before, {max(pss) / 2**20:.1f} MiB at most; "
            f"after the first {SETTLED_AFTER_S:.0f} s the service grew by {(max(own) - own[0]) / 2**20:.2f} MiB, "
            f"the sum of PSS by {(max(pss) - pss[0]) / 2**20:.2f} MiB"
        )
        assert service.banned() == {EARLIER, address4(BYSTANDER)}
        assert max(pss) <= MOST_PSS_BYTES
        if SETTLED_AFTER_S >= LONG_ENOUGH_S:
            assert max(own) - own[0] <= MOST_GROWTH_BYTES
