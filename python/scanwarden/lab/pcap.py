"""Write and shift capture files: the little of the pcap format that the lab needs.

Reading captures for detection is the Rust core's work; this module only writes what the lab synthesises and
re-times what it recorded, so that a scan of hours can be kept without waiting for it.
"""

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

from scanwarden.errors import ScanwardenError

_NANOSECOND_MAGIC = 0xA1B23C4D
_MICROSECOND_MAGIC = 0xA1B2C3D4
_LINKTYPE_ETHERNET = 1
_SNAP_BYTES = 262_144

TimedFrame = tuple[int, bytes]
"""A packet time in nanoseconds since the epoch, and the frame."""


def write_pcap(path: Path, frames: Iterable[TimedFrame], *, snap_bytes: int = _SNAP_BYTES) -> None:
    """Write Ethernet frames, in the order given, as a little-endian nanosecond pcap."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", _NANOSECOND_MAGIC, 2, 4, 0, 0, snap_bytes, _LINKTYPE_ETHERNET))
        for time_ns, frame in frames:
            seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
            kept = frame[:snap_bytes]
            file.write(struct.pack("<IIII", seconds, nanoseconds, len(kept), len(frame)) + kept)


def read_pcap(path: Path) -> list[TimedFrame]:
    """Return every whole frame of a little-endian Ethernet pcap that the lab or tcpdump wrote on this machine."""
    octets = path.read_bytes()
    if len(octets) < 24:
        raise ScanwardenError(f"{path}: too short to be a pcap file; record it again")
    magic, link_type = struct.unpack_from("<I16xI", octets)
    if magic not in (_NANOSECOND_MAGIC, _MICROSECOND_MAGIC) or link_type != _LINKTYPE_ETHERNET:
        raise ScanwardenError(f"{path}: not a little-endian Ethernet pcap; record it again")
    unit_ns = 1 if magic == _NANOSECOND_MAGIC else 1000
    frames, offset = [], 24
    while offset + 16 <= len(octets):
        seconds, fraction, kept, _ = struct.unpack_from("<IIII", octets, offset)
        frames.append((seconds * 1_000_000_000 + fraction * unit_ns, octets[offset + 16 : offset + 16 + kept]))
        offset += 16 + kept
    return frames


def retimed(frames: Iterable[TimedFrame], new_time_ns: Callable[[int], int]) -> list[TimedFrame]:
    """Return the frames with `new_time_ns(old)` as their times, sorted again."""
    return sorted(((new_time_ns(time_ns), frame) for time_ns, frame in frames), key=lambda timed: timed[0])
