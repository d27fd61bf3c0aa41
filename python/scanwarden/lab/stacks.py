"""Describe how operating systems open TCP connections, as far as a detector could notice.

The option layouts are those the systems send in a SYN (RFC 9293 3.2, RFC 7323); they matter because one
address that shows several of them is shared.
"""

import struct
from typing import Final

import msgspec

_MSS = b"\x02\x04\x05\xb4"
_NOP = b"\x01"
_SACK_PERMITTED = b"\x04\x02"


class Stack(msgspec.Struct, frozen=True):
    """The SYN of one operating system: initial TTL, window, window scale, option layout."""

    name: str
    ttl: int
    window: int
    window_scale: int
    layout: str
    retries_after_reset: int = 0

    def options(self, timestamp: int = 0, echo: int = 0) -> bytes:
        """Return the padded options of a SYN; `timestamp` is the sender's clock in ms (RFC 7323 3.2)."""
        pieces = {
            "m": _MSS,
            "s": _SACK_PERMITTED,
            "t": b"\x08\x0a" + struct.pack("!II", timestamp & 0xFFFFFFFF, echo & 0xFFFFFFFF),
            "n": _NOP,
            "w": b"\x03\x03" + bytes([self.window_scale]),
            "e": b"\0",
        }
        return b"".join(pieces[letter] for letter in self.layout)

    @property
    def has_timestamps(self) -> bool:
        """Whether segments of this stack carry a timestamp option."""
        return "t" in self.layout

    def segment_options(self, timestamp: int, echo: int) -> bytes:
        """Return the options of a later segment: a timestamp, or nothing."""
        if not self.has_timestamps:
            return b""
        return b"\x01\x01\x08\x0a" + struct.pack("!II", timestamp & 0xFFFFFFFF, echo & 0xFFFFFFFF)


LINUX: Final = Stack("linux", 64, 64240, 7, "mstnw")
LINUX_SCALE_10: Final = Stack("linux-large-buffers", 64, 64240, 10, "mstnw")
ANDROID: Final = Stack("android", 64, 65535, 8, "mstnw")
OLD_LINUX: Final = Stack("old-linux", 64, 14600, 7, "mstnw")
WINDOWS: Final = Stack("windows", 128, 64240, 8, "mnwnns", retries_after_reset=3)
OLD_WINDOWS: Final = Stack("old-windows", 128, 8192, 2, "mnwnns", retries_after_reset=2)
MACOS: Final = Stack("macos", 64, 65535, 6, "mnwnntsee")
FREEBSD: Final = Stack("freebsd", 64, 65535, 6, "mnwst")

EVERY_STACK: Final = (LINUX, WINDOWS, MACOS, ANDROID, FREEBSD, OLD_LINUX, OLD_WINDOWS, LINUX_SCALE_10)
"""Stacks that differ from each other in TTL, window, scale or option order."""
