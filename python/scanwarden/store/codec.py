"""Write detections and notices compactly, and read them back."""

import zlib
from typing import Any, TypeVar

import msgspec

from scanwarden.errors import StoreError
from scanwarden.model.detection import Closed, Opened, Technique, Updated
from scanwarden.model.notice import Notice

Statement = Opened | Updated | Closed
R = TypeVar("R")

# The bit of each technique in the database. A released number never changes; new ones come last.
TECHNIQUES: tuple[Technique, ...] = (
    "tcp_syn",
    "tcp_connect",
    "tcp_fin",
    "tcp_null",
    "tcp_xmas",
    "tcp_maimon",
    "tcp_ack",
    "tcp_rst",
    "tcp_synfin",
    "tcp_flags",
    "udp",
    "sctp_init",
    "sctp_cookie_echo",
    "ip_protocol",
    "icmp_echo",
    "icmp_timestamp",
    "icmp_address_mask",
    "arp",
    "ftp_bounce",
    "idle",
)
_BITS = {name: 1 << bit for bit, name in enumerate(TECHNIQUES)}
_MAX_BODY_BYTES = 16 * 1024 * 1024


def _to_text(value: object) -> str:
    return str(value)


def _from_text(kind: type, value: object) -> Any:  # noqa: ANN401  (msgspec's signature)
    return kind.parse(value)  # type: ignore[attr-defined]  # every custom kind of the model has it


_ENCODER = msgspec.json.Encoder(enc_hook=_to_text)
_STATEMENTS: msgspec.json.Decoder[Statement] = msgspec.json.Decoder(Statement, dec_hook=_from_text)
_NOTICES: msgspec.json.Decoder[Notice] = msgspec.json.Decoder(Notice, dec_hook=_from_text)


def technique_bits(names: tuple[Technique, ...]) -> int:
    """Give techniques as a number with one bit each."""
    bits = 0
    for name in names:
        bits |= _BITS[name]
    return bits


def techniques_of(bits: int) -> tuple[Technique, ...]:
    """Give the techniques of a number."""
    return tuple(name for name, bit in _BITS.items() if bits & bit)


def pack(record: Statement | Notice) -> bytes:
    """Compress a record."""
    return zlib.compress(_ENCODER.encode(record), 3)


def unpack_statement(body: bytes) -> Statement:
    """Read a detection back; raise StoreError if it is damaged."""
    return _unpack(body, _STATEMENTS)


def unpack_notice(body: bytes) -> Notice:
    """Read a notice back; raise StoreError if it is damaged."""
    return _unpack(body, _NOTICES)


def _unpack(body: bytes, decoder: msgspec.json.Decoder[R]) -> R:
    try:
        return decoder.decode(zlib.decompressobj().decompress(body, _MAX_BODY_BYTES))
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, TypeError) as error:
        raise StoreError(f"a stored record is damaged: {error}") from error
