"""Write and read netlink messages and their attributes: bytes in, bytes out, no socket.

Layouts and numbers are those of linux/netlink.h and linux/netfilter/nfnetlink.h. Headers are in host order; what a
message holds is its family's business. What comes from the kernel is read as far as it is whole.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

NETFILTER, SOCK_DIAG = 12, 4  # families, as socket() takes them
REQUEST, ACK, EXCL, DUMP, CREATE = 0x1, 0x4, 0x200, 0x300, 0x400
ERROR, DONE = 2, 3
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence, port
GENERIC = struct.Struct("!BBH")  # struct nfgenmsg, with which netfilter's messages begin: family, version, resource
ATTRIBUTE = struct.Struct("=HH")  # struct nlattr: length, type
NESTED = 0x8000
_TYPE_MASK = 0x3FFF
_ERRNO = struct.Struct("=i")


class Message(NamedTuple):
    """One message: its type, the sequence number, and what follows the header."""

    kind: int
    sequence: int
    body: bytes


def message(kind: int, flags: int, sequence: int, body: bytes = b"") -> bytes:
    """Return one message, padded to four bytes."""
    return HEADER.pack(HEADER.size + len(body), kind, flags, sequence, 0) + body + bytes(-len(body) % 4)


def messages(datagram: bytes) -> Iterator[Message]:
    """Give the messages of one datagram."""
    at = 0
    while at + HEADER.size <= len(datagram):
        length, kind, _, sequence, _ = HEADER.unpack_from(datagram, at)
        if length < HEADER.size or at + length > len(datagram):
            return
        yield Message(kind, sequence, datagram[at + HEADER.size : at + length])
        at += length + (-length % 4)


def errno_of(body: bytes) -> int:
    """Return the error number in what follows the header of an ERROR or a DONE; 0 says that all went well."""
    return -int(_ERRNO.unpack_from(body)[0]) if len(body) >= _ERRNO.size else 0


def attribute(kind: int, payload: bytes) -> bytes:
    """Return one attribute, padded to four bytes."""
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(payload), kind) + payload + bytes(-len(payload) % 4)


def nested(kind: int, *inner: bytes) -> bytes:
    """Return an attribute that holds attributes."""
    return attribute(kind | NESTED, b"".join(inner))


def attributes(packed: bytes) -> dict[int, bytes]:
    """Return attributes by number; of a repeated one the first, and nothing after a damaged length."""
    found: dict[int, bytes] = {}
    at = 0
    while at + ATTRIBUTE.size <= len(packed):
        length, kind = ATTRIBUTE.unpack_from(packed, at)
        if length < ATTRIBUTE.size or at + length > len(packed):
            break
        found.setdefault(kind & _TYPE_MASK, packed[at + ATTRIBUTE.size : at + length])
        at += length + (-length % 4)
    return found
