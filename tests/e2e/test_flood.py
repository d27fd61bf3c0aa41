"""A live flood of half a million sources costs a fixed amount of memory, and hides no scan.

The full count is `make soak`.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4, mac
from scanwarden.lab.frames import Tcp, ethernet, mac_bytes, packet
from scanwarden.lab.watching import Watcher, watch_command
from scanwarden.model.detection import Opened
from scanwarden.model.records import Ready
from tests.property.flood import random_sources, syn_frames

SOURCES = 500_000
HIDDEN = "41.7.7.7"
BUDGET_BYTES = 32 << 20
OVERHEAD_BYTES = 64 << 20  # the interpreter with the program's modules, a ring of 8 MiB, tables of fixed size
TO, FROM = mac_bytes(mac(GUARDED)), mac_bytes(mac(SCANNER))


def frames() -> Iterator[bytes]:
    """Give the flood, and in its second half a scan of forty ports."""
    target = address4(GUARDED)
    for number, (_, frame) in enumerate(syn_frames(random_sources(SOURCES), target=target)):
        yield TO + FROM + frame[12:]
        if number > SOURCES // 2 and number % 5000 == 0:
            yield ethernet(TO, FROM, packet(HIDDEN, target, Tcp(51_234, 1000 + number // 5000)))


def peak_bytes(pid: int) -> int:
    """Give the most memory that a process ever held: VmHWM of proc(5)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


@pytest.mark.kernel
def test_half_a_million_sources_live_stay_within_the_budget() -> None:
    with Lab(services=()) as lab, lab.guarded.start(watch_command()) as program:
        watcher = Watcher(program)
        watcher.wait_for(Ready, limit_s=60)
        with lab.scanner.open_socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
            wire.bind(("eth0", 0))
            for frame in frames():
                wire.send(frame)
        watcher.wait_for(Opened, limit_s=60)
        held_bytes = peak_bytes(program.pid)
        found = [record for record in watcher.finish() if isinstance(record, Opened)]
    assert [str(scan.source.address) for scan in found] == [HIDDEN]
    assert held_bytes < BUDGET_BYTES + OVERHEAD_BYTES
