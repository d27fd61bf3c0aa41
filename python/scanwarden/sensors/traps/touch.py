"""Say what a trap reports: who touched which port, and what was said."""

from typing import Literal, Protocol

import msgspec

from scanwarden.model.address import Address
from scanwarden.model.printable import printable

MAX_SHOWN_BYTES = 4096


class TrapTouch(msgspec.Struct, frozen=True, kw_only=True):
    """One connection to a trap, or one datagram.

    `verified` is true for a completed TCP connection: the source acknowledged our sequence number, so its address is
    not forged (RFC 9293 3.5). `port` is the one that was asked for, not the one we listen on.
    """

    time_ns: int
    source: Address
    source_port: int
    target: Address
    protocol: Literal["tcp", "udp"]
    port: int
    verified: bool


class TrapObserver(Protocol):
    """Whoever takes the reports, such as the detector. Calls must not block."""

    def touched(self, touch: TrapTouch) -> None:
        """Take in a touch, at once."""
        ...

    def heard(self, touch: TrapTouch, words: str) -> None:
        """Take in what the source then sent: bounded, every invisible byte spelled out."""
        ...


def shown(sent: bytes) -> str:
    r"""Write the first bytes a source sent as visible text: bytes beyond ASCII become `\xe9`."""
    return (
        printable(sent[:MAX_SHOWN_BYTES].decode("latin-1"), max_chars=MAX_SHOWN_BYTES)
        .encode("ascii", "backslashreplace")
        .decode("ascii")
    )
