"""Write the few DNS messages the lab needs (RFC 1035 4.1)."""

import struct

_RESPONSE_RECURSION = 0x8180
_HEADER_BYTES = 12


def query_for(name: str, ident: int) -> bytes:
    """Return the query for the IPv4 address of `name`."""
    labels = b"".join(bytes([len(label)]) + label.encode("ascii") for label in name.split("."))
    return struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)


def answer_for(query: bytes) -> bytes | None:
    """Return the answer that repeats the question and adds one address, None if `query` is not a query."""
    if len(query) < _HEADER_BYTES + 5:
        return None
    ident, flags, questions = struct.unpack_from("!HHH", query)
    end = query.find(b"\0", _HEADER_BYTES)
    if flags & 0x8000 or questions != 1 or end < 0 or len(query) < end + 5:
        return None
    question = query[_HEADER_BYTES : end + 5]
    # A pointer to the question's name, type A, class IN, 60 s to live, four bytes: 192.0.2.80.
    record = struct.pack("!HHHIH4s", 0xC00C, 1, 1, 60, 4, bytes([192, 0, 2, 80]))
    return struct.pack("!HHHHHH", ident, _RESPONSE_RECURSION, 1, 1, 0, 0) + question + record
