"""Lay out what is said between the service and whoever bans for it: records of one size, no pointers.

To the firewall helper a record has no strings either. To the actor it is followed by two fields of fixed size: a scan
and a reason, for programs of the operator's; in answers the reason says what went wrong.

A datagram holds whole records, as many as fit into 48 KiB: many bans cost few system calls.
"""

import enum
import struct
from collections.abc import Sequence

import msgspec

from scanwarden.errors import AddressError, ScanwardenError
from scanwarden.model.address import Prefix

MAX_BATCH = 1024
_MAGIC = 0x53574831  # "SWH1"
# Magic, operation, flags, family, prefix length, number, address, sequence, duration, and zeros up to 48 bytes.
_LAYOUT = struct.Struct("=IBBBBI16sQI8s")
SIZE = _LAYOUT.size
MAX_DATAGRAM_BYTES = MAX_BATCH * SIZE
_NOTES = struct.Struct("=48s208s")
NOTED_SIZE = SIZE + _NOTES.size
BROKEN = 0xFFFF_FFFF  # as the count of repairs: bans are not in force
_FAMILY_BYTES = {4: 4, 6: 16}
_PADDING = bytes(8)


class MessageError(ScanwardenError):
    """Report bytes that are no message; whoever sent them is not talked to any more."""


class Op(enum.IntEnum):
    """What may be asked; the answer to it carries the same number.

    PROTECT names some of those who are never to be banned either, beside those whom the helper finds by itself, the
    first with the number 0; PROTECT_DONE, with how many they are, puts them in the place of those named before.
    """

    PING = 1
    CHECK = 2
    BAN = 3
    UNBAN = 4
    HOLDS = 5
    PREPARE = 6
    REMOVE = 7
    WIRE_SET = 8
    WIRE_FOLLOW = 9
    WIRE_TRIPPED = 10
    WIRE_LIFT = 11
    WIRE_REMOVE = 12
    LIST = 13
    PROTECT = 14
    PROTECT_DONE = 15


class Flag(enum.IntFlag):
    """What modifies a request or answer; MORE says that the next message belongs to the same one."""

    NONE = 0
    MORE = 1
    FORGEABLE = 2
    SPARE_ESTABLISHED = 4


# Looking a number up is an eighth of the work of calling the enumeration.
_OPS = {int(op): op for op in Op}
_FLAGS = [Flag(bits) for bits in range(8)]


class Status(enum.IntEnum):
    """How a request went, as the `number` of an answer to an operation on one source."""

    DONE = 0
    PROTECTED = 1
    TOO_WIDE = 2
    WRONG_DURATION = 3
    TOO_MANY = 4
    FAILED = 5
    NOT_THERE = 6
    UNSUITABLE = 7


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request or answer; `number` is a status or a count, `duration_s` at most 30 days.

    `scan` and `reason` are carried only where records are noted, and cut there.
    """

    op: Op
    flags: Flag = Flag.NONE
    source: Prefix | None = None
    number: int = 0
    sequence: int = 0
    duration_s: int = 0
    scan: str = ""
    reason: str = ""

    def pack_noted(self) -> bytes:
        """Write the message as 304 bytes, with its scan and reason."""
        return self.pack() + _NOTES.pack(_cut(self.scan, 48), _cut(self.reason, 208))

    def pack(self) -> bytes:
        """Write the message as 48 bytes."""
        return _packed(self, self.flags, self.sequence)


def unpack(packed: bytes) -> Message:
    """Read one message; raise MessageError unless every byte of it is as it must be."""
    if len(packed) != SIZE:
        raise MessageError(f"a message has {SIZE} bytes, not {len(packed)}")
    return _message(_LAYOUT.unpack(packed))


def pack_batch(requests: Sequence[Message], sequence: int, *, is_noted: bool = False) -> list[bytes]:
    """Write requests of one operation as datagrams: all of one sequence, and all but the last say that more follow."""
    if is_noted:
        last = len(requests) - 1
        numbered = [
            msgspec.structs.replace(one, flags=one.flags | (Flag.MORE if at < last else Flag.NONE), sequence=sequence)
            for at, one in enumerate(requests)
        ]
        return pack_all(numbered, is_noted=True)
    packed = [_packed(request, int(request.flags) | 1, sequence) for request in requests[:-1]]
    packed += [_packed(request, request.flags, sequence) for request in requests[-1:]]
    return [b"".join(packed[start : start + MAX_BATCH]) for start in range(0, len(packed), MAX_BATCH)]


def pack_all(messages: Sequence[Message], *, is_noted: bool = False) -> list[bytes]:
    """Write messages as datagrams."""
    most = MAX_DATAGRAM_BYTES // _size(is_noted)
    return [
        b"".join([message.pack_noted() if is_noted else message.pack() for message in messages[start : start + most]])
        for start in range(0, len(messages), most)
    ]


def unpack_all(datagram: bytes, *, is_noted: bool = False) -> list[Message]:
    """Read the messages of a datagram, at least one; raise MessageError if any byte of it is not as it must be."""
    size = _size(is_noted)
    if not datagram or len(datagram) % size or len(datagram) > MAX_DATAGRAM_BYTES:
        raise MessageError(f"{len(datagram)} bytes are not 1 to {MAX_DATAGRAM_BYTES // size} messages of {size}")
    if is_noted:
        return [unpack_noted(datagram[start : start + size]) for start in range(0, len(datagram), size)]
    return [_message(fields) for fields in _LAYOUT.iter_unpack(datagram)]


def _size(is_noted: bool) -> int:
    return NOTED_SIZE if is_noted else SIZE


def unpack_noted(packed: bytes) -> Message:
    """Read one message with its scan and reason; raise MessageError unless every byte of it is as it must be."""
    if len(packed) != NOTED_SIZE:
        raise MessageError(f"a message has {NOTED_SIZE} bytes, not {len(packed)}")
    scan, reason = (_text(field) for field in _NOTES.unpack(packed[SIZE:]))
    return msgspec.structs.replace(unpack(packed[:SIZE]), scan=scan, reason=reason)


def _packed(message: Message, flags: int, sequence: int) -> bytes:
    source = message.source
    if source is None:
        family, length, address = 0, 0, bytes(16)
    else:
        address, length = source.packed, source.length
        family = 4 if len(address) == _FAMILY_BYTES[4] else 6
    # `struct` fills the address up with zeros.
    return _LAYOUT.pack(
        _MAGIC, message.op, flags, family, length, message.number, address, sequence, message.duration_s, _PADDING
    )


def _message(fields: tuple[int, int, int, int, int, int, bytes, int, int, bytes]) -> Message:
    magic, op, flags, family, length, number, address, sequence, duration_s, padding = fields
    if magic != _MAGIC or op not in _OPS or flags >= len(_FLAGS) or padding != _PADDING:
        raise MessageError("a message begins, asks or ends with what none does")
    return Message(
        op=_OPS[op],
        flags=_FLAGS[flags],
        source=_source(family, length, address),
        number=number,
        sequence=sequence,
        duration_s=duration_s,
    )


def _cut(text: str, size: int) -> bytes:
    """Write what fits of a text, whole characters only; what cannot be printed becomes a question mark."""
    shown = "".join(character if character.isprintable() else "?" for character in text[:size])
    return shown.encode("utf-8")[:size].decode("utf-8", "ignore").encode("utf-8")


def _text(field: bytes) -> str:
    text, _, rest = field.partition(b"\0")
    try:
        found = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MessageError("a note is no text") from error
    if any(rest) or not found.isprintable():
        raise MessageError("a note holds what cannot be printed")
    return found


def _source(family: int, length: int, address: bytes) -> Prefix | None:
    if family == 0:
        if length or any(address):
            raise MessageError("an address without a family")
        return None
    size = _FAMILY_BYTES.get(family)
    if size is None or address[size:] != bytes(16 - size):
        raise MessageError(f"family {family} does not go with its address")
    try:
        return Prefix(address[:size], length)
    except AddressError as error:
        raise MessageError(str(error)) from error
