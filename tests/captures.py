"""Write small captures of crafted frames for tests."""

from collections.abc import Iterable
from pathlib import Path

from scanwarden.lab.frames import Tcp, ethernet, mac_bytes, packet
from scanwarden.lab.pcap import TimedFrame, write_pcap
from scanwarden.model.time import NS_PER_S

SCANNER = "192.0.2.50"
GUARDED = "192.0.2.10"
START_NS = 1_750_000_000 * NS_PER_S
GAP_NS = 1_000_000
_GUARDED_MAC = mac_bytes("02:00:00:00:00:10")
_SCANNER_MAC = mac_bytes("02:00:00:00:00:50")


def refused(ports: Iterable[int], *, source: str = SCANNER, start_ns: int = START_NS) -> list[TimedFrame]:
    """Give a SYN to each port and the RST that answers it, a millisecond apart."""
    frames: list[TimedFrame] = []
    for index, port in enumerate(ports):
        at_ns = start_ns + index * GAP_NS
        syn = Tcp(40_000 + index, port, "S", sequence=1000)
        reset = Tcp(port, 40_000 + index, "RA", acknowledgement=1001)
        frames.append((at_ns, ethernet(_GUARDED_MAC, _SCANNER_MAC, packet(source, GUARDED, syn))))
        frames.append((at_ns + GAP_NS // 10, ethernet(_SCANNER_MAC, _GUARDED_MAC, packet(GUARDED, source, reset))))
    return frames


def accepted(ports: Iterable[int], *, source: str = SCANNER, start_ns: int = START_NS) -> list[TimedFrame]:
    """Give a SYN to each port and the SYN-ACK that answers it, a millisecond apart."""
    frames: list[TimedFrame] = []
    for index, port in enumerate(ports):
        at_ns = start_ns + index * GAP_NS
        syn = Tcp(40_000 + index, port, "S", sequence=1000)
        answer = Tcp(port, 40_000 + index, "SA", sequence=5000, acknowledgement=1001)
        frames.append((at_ns, ethernet(_GUARDED_MAC, _SCANNER_MAC, packet(source, GUARDED, syn))))
        frames.append((at_ns + GAP_NS // 10, ethernet(_SCANNER_MAC, _GUARDED_MAC, packet(GUARDED, source, answer))))
    return frames


def capture(path: Path, frames: Iterable[TimedFrame]) -> Path:
    """Write the frames and give the path back."""
    write_pcap(path, frames)
    return path
