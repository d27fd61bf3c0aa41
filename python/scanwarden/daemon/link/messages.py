"""List what the parts of the service say to each other, and write and read it as frames."""

import struct
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import AddressError, ScanwardenError
from scanwarden.formats.base import from_text, to_text
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed, Opened, Updated
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp

MAX_FRAME_BYTES: Final = 4 << 20  # a group of a thousand members with scattered ports is 0.3 MB
HEAD: Final = struct.Struct("=I")


class LinkError(ScanwardenError):
    """Report bytes that are no message; the connection they came over is given up."""


class Hello(msgspec.Struct, frozen=True, tag_field="says", tag="hello"):
    """Begin a connection: which part speaks, and, from a sensor, what it watches."""

    part: str
    interfaces: tuple[str, ...] = ()
    is_watching: bool = False


class Told(msgspec.Struct, frozen=True, tag_field="says", tag="told"):
    """Hand over what the detector or a sensor states; told again until the brain says `Taken`."""

    number: int
    statement: Opened | Updated | Closed | Notice


class Taken(msgspec.Struct, frozen=True, tag_field="says", tag="taken"):
    """Say that everything told up to a number was dealt with."""

    number: int


class Counts(msgspec.Struct, frozen=True, tag_field="says", tag="counts"):
    """Give a sensor's counters; `is_watching` once packets are looked at."""

    packets: int
    dropped: int
    is_watching: bool


class Setup(msgspec.Struct, frozen=True, tag_field="says", tag="setup"):
    """Have the sensor detect with these settings; unchanged ones but for `home` change nothing."""

    detector: DetectorSettings


class BanNote(msgspec.Struct, frozen=True, tag_field="says", tag="banned"):
    """Tell the detector that a source is refused until a time: what our own rules drop is no evidence."""

    source: Prefix
    expires_at: Timestamp


class BanNotes(msgspec.Struct, frozen=True, tag_field="says", tag="bans"):
    """Tell the detector of many bans at once, as `packed_bans` writes them: there may be a hundred thousand."""

    packed: bytes


class UnbanNote(msgspec.Struct, frozen=True, tag_field="says", tag="unbanned"):
    """Tell the detector that a source is refused no more."""

    source: Prefix


class Look(msgspec.Struct, frozen=True, tag_field="says", tag="look"):
    """Have the scout read the configuration and look again."""


class Leave(msgspec.Struct, frozen=True, tag_field="says", tag="leave"):
    """Have the sensor end, to be started again with the configuration as it is then, if all interfaces are there."""

    interfaces: tuple[str, ...] = ()


class Found(msgspec.Struct, frozen=True, tag_field="says", tag="found"):
    """Say whom the host needs, what is on its links, which names have which addresses, and what was not found out."""

    labels: tuple[tuple[Prefix, str], ...]
    on_link: tuple[Prefix, ...]
    gaps: tuple[str, ...]
    names: tuple[tuple[str, tuple[Prefix, ...]], ...]
    name_gaps: tuple[str, ...]


Message = Hello | Told | Taken | Counts | Setup | BanNote | BanNotes | UnbanNote | Look | Leave | Found

_ENCODER = msgspec.json.Encoder(enc_hook=to_text)
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message, dec_hook=from_text)
Receive = Callable[[Message], None]
_ADDRESS_BYTES: Final = {4: 4, 6: 16}
# IP version, prefix length, the address padded to 16 bytes, the end in nanoseconds since 1970.
_BAN: Final = struct.Struct("=BB16sQ")


def frame(message: Message) -> bytes:
    """Write a message with its length before it; raise LinkError if it is longer than any may be."""
    body = _ENCODER.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise LinkError(f"a message of {len(body)} bytes is too long")
    return HEAD.pack(len(body)) + body


def packed_bans(bans: Iterable[tuple[Prefix, Timestamp]]) -> BanNotes:
    """Write who is refused until when; each ban takes 26 bytes."""
    return BanNotes(
        b"".join([_BAN.pack(source.version, source.length, source.packed, until) for source, until in bans])
    )


def bans_in(notes: BanNotes) -> list[tuple[Prefix, Timestamp]]:
    """Read who is refused until when; raise LinkError if that is not what was written."""
    try:
        return [
            (Prefix(address[: _ADDRESS_BYTES[version]], length), Timestamp(until))
            for version, length, address, until in _BAN.iter_unpack(notes.packed)
        ]
    except (struct.error, KeyError, AddressError) as error:
        raise LinkError(f"bans are not understood: {error}") from error


def body_bytes(head: bytes) -> int:
    """Read the length of what follows; raise LinkError if no message is that long."""
    (length,) = HEAD.unpack(head)
    if not 0 < length <= MAX_FRAME_BYTES:
        raise LinkError(f"a message of {length} bytes is announced")
    return int(length)


def unpack(body: bytes) -> Message:
    """Read a message; raise LinkError saying what is wrong with it."""
    try:
        return _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise LinkError(f"a message is not understood: {error}") from error
