"""Send finished frames from an interface of a namespace: forged sources, crafted flags, exact timing."""

import socket
import time
from collections.abc import Iterable

from scanwarden.lab.namespace import Namespace


def send_frames(host: Namespace, frames: Iterable[bytes], *, interval_s: float = 0.0, interface: str = "eth0") -> int:
    """Send `frames` in order from `interface` of `host`, `interval_s` seconds apart; return how many were sent."""
    count = 0
    with host.open_socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
        raw.bind((interface, 0))
        for frame in frames:
            if interval_s and count:
                time.sleep(interval_s)
            raw.send(frame)
            count += 1
    return count
