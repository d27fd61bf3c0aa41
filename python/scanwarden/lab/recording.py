"""Record what passes an interface of a namespace into a pcap file.

A packet socket keeps both directions in the order the kernel saw them. Recording starts before the block
does and what is queued when the block ends is still written, so nothing depends on waiting long enough.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

from scanwarden.errors import ScanwardenError
from scanwarden.lab import pcap
from scanwarden.lab.namespace import Namespace

_ETH_P_ALL = 0x0003  # linux/if_ether.h
_SO_TIMESTAMPNS = 35  # asm-generic/socket.h
_SO_RCVBUFFORCE = 33
_SOL_PACKET, _PACKET_STATISTICS = 263, 6  # linux/socket.h, linux/if_packet.h
_QUEUE_BYTES = 64 << 20
_POLL_S = 0.05


@contextlib.contextmanager
def recording(host: Namespace, path: Path, *, snap_bytes: int = 256, interface: str = "eth0") -> Iterator[None]:
    """Record every packet of `interface`, cut at `snap_bytes`, into the pcap `path` for the length of the block.

    Raises ScanwardenError at the end if the kernel had to drop packets, since the capture would mislead.
    """
    with host.open_socket(socket.AF_PACKET, socket.SOCK_RAW) as tap:
        tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _QUEUE_BYTES)
        tap.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        tap.settimeout(_POLL_S)
        tap.bind((interface, _ETH_P_ALL))
        is_over = threading.Event()
        frames: list[pcap.TimedFrame] = []
        thread = threading.Thread(target=_collect, args=(tap, snap_bytes, frames, is_over), name=f"record {host.name}")
        thread.start()
        try:
            yield
        finally:
            is_over.set()
            thread.join()
        dropped = struct.unpack("=II", tap.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]
    pcap.write_pcap(path, frames, snap_bytes=snap_bytes)
    if dropped:
        raise ScanwardenError(f"{path}: the kernel dropped {dropped} packets while recording", remedy="record again")


def _collect(tap: socket.socket, snap_bytes: int, frames: list[pcap.TimedFrame], is_over: threading.Event) -> None:
    """Read packets until the recording is over and the queue is empty."""
    while True:
        try:
            frame, ancillary, _, _ = tap.recvmsg(snap_bytes, socket.CMSG_SPACE(16))
        except TimeoutError:
            if is_over.is_set():
                return
            continue
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                whole_s, rest_ns = struct.unpack("=qq", value)
                frames.append((whole_s * 1_000_000_000 + rest_ns, frame))
