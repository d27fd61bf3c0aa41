"""Say what the outpost reports: a message for each touch, for what was said, and for each notice."""

from typing import Final

import msgspec

from scanwarden.formats.base import from_text, to_text
from scanwarden.model.notice import Notice
from scanwarden.sensors.traps import TrapTouch

MAX_BYTES: Final = 32 * 1024  # what was said is 4 KiB at most, each byte of it four characters


class Touched(msgspec.Struct, frozen=True, tag_field="says", tag="touched"):
    """A source touched a trap."""

    touch: TrapTouch


class Heard(msgspec.Struct, frozen=True, tag_field="says", tag="heard"):
    """What the source then sent, every invisible byte spelled out."""

    touch: TrapTouch
    words: str


class Noted(msgspec.Struct, frozen=True, tag_field="says", tag="noted"):
    """Something an administrator wants to know, such as lines missing from the connection log."""

    notice: Notice


Message = Touched | Heard | Noted

_ENCODER = msgspec.json.Encoder(enc_hook=to_text)
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message, dec_hook=from_text)


def pack(message: Message) -> bytes:
    """Write a message as one datagram."""
    return _ENCODER.encode(message)


def unpack(datagram: bytes) -> Message | None:
    """Read a datagram; None for what is no message."""
    try:
        return _DECODER.decode(datagram)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
