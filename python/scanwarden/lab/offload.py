"""Turn the offloads of an interface off, so that captured packets are what a wire would carry.

With transmit checksum offload on, a veth pair carries packets whose checksums nobody filled in; with segmentation
offload it carries packets larger than the MTU.
"""

import ctypes
import fcntl
import socket
import struct

from scanwarden.lab.namespace import Namespace

_SIOCETHTOOL = 0x8946  # linux/sockios.h
# linux/ethtool.h: ETHTOOL_SRXCSUM, STXCSUM, SSG, STSO, SGSO, SGRO
_SETTERS = (0x15, 0x17, 0x19, 0x1F, 0x24, 0x2C)


def turn_off(host: Namespace, interface: str) -> None:
    """Turn checksum, scatter-gather, segmentation and receive offloads of `interface` off."""
    with host.open_socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in _SETTERS:
            value = ctypes.create_string_buffer(struct.pack("=II", command, 0))
            request = struct.pack("16sP", interface.encode("ascii"), ctypes.addressof(value))
            fcntl.ioctl(control, _SIOCETHTOOL, request + b"\0" * (40 - len(request)))
