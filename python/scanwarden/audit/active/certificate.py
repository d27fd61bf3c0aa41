"""Read what an administrator wants to know of an X.509 certificate (RFC 5280) from its DER form (ITU-T X.690)."""

import datetime as dt
from collections.abc import Iterator

from msgspec import Struct

_SEQUENCE, _INTEGER, _BITS, _OID, _UTC_TIME, _TIME = 0x30, 0x02, 0x03, 0x06, 0x17, 0x18
_EXTENSIONS, _VERSION = 0xA3, 0xA0
_COMMON_NAME, _ORGANISATION = bytes.fromhex("550403"), bytes.fromhex("55040a")
_SUBJECT_NAMES = bytes.fromhex("551d11")
_RSA = bytes.fromhex("2a864886f70d010101")
# Signatures with MD5 and SHA-1 (RFC 3279 2.2).
_WEAK = {
    bytes.fromhex("2a864886f70d010104"): "MD5",
    bytes.fromhex("2a864886f70d010105"): "SHA-1",
    bytes.fromhex("2a8648ce3d0401"): "SHA-1",
}
_DNS_NAME = 0x82
MAX_NAMES = 32


class Certificate(Struct, frozen=True, kw_only=True):
    """The facts of one certificate; `rsa_bits` is null for other keys, `weak_hash` for a sound signature."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: dt.datetime
    not_after: dt.datetime
    is_self_signed: bool
    rsa_bits: int | None = None
    weak_hash: str | None = None


def read_certificate(der: bytes) -> Certificate:
    """Read one certificate; raises ValueError if it is damaged."""
    try:
        return _read(der)
    except (IndexError, StopIteration, OverflowError) as error:
        raise ValueError("the certificate is damaged") from error


def _read(der: bytes) -> Certificate:
    outer = list(_elements(_body(der, _SEQUENCE)))
    parts = list(_elements(outer[0][1]))
    at = 1 if parts[0][0] == _VERSION else 0
    _, _, issuer, validity, subject, key = (body for _, body in parts[at : at + 6])
    begins, ends = (_time(kind, body) for kind, body in _elements(validity))
    extensions = next((body for kind, body in parts if kind == _EXTENSIONS), b"")
    return Certificate(
        subject=_name(subject),
        issuer=_name(issuer),
        names=tuple(_alternative_names(extensions))[:MAX_NAMES],
        not_before=begins,
        not_after=ends,
        is_self_signed=issuer == subject,
        rsa_bits=_rsa_bits(key),
        weak_hash=_WEAK.get(next(body for kind, body in _elements(outer[1][1]) if kind == _OID)),
    )


def _elements(packed: bytes) -> Iterator[tuple[int, bytes]]:
    """Give tag and body of each element, as far as they are whole."""
    at = 0
    while at < len(packed):
        tag, length, begins = packed[at], packed[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(packed[begins : begins + count], "big")
            begins += count
        if begins + length > len(packed):
            raise ValueError("the certificate is cut off")
        yield tag, packed[begins : begins + length]
        at = begins + length


def _body(packed: bytes, wanted: int) -> bytes:
    tag, body = next(_elements(packed))
    if tag != wanted:
        raise ValueError("this is no certificate")
    return body


def _time(kind: int, body: bytes) -> dt.datetime:
    """Read UTCTime or GeneralizedTime (RFC 5280 4.1.2.5)."""
    text = body.decode("ascii")
    if kind == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    return dt.datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=dt.UTC)


def _name(packed: bytes) -> str:
    """Give the common name, else the organisation."""
    found: dict[bytes, str] = {}
    for _, part in _elements(packed):
        for _, pair in _elements(part):
            (_, oid), (_, value) = _elements(pair)
            found[oid] = value.decode("utf-8", "replace")
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION, "")


def _alternative_names(extensions: bytes) -> Iterator[str]:
    for _, listed in _elements(extensions):
        for _, extension in _elements(listed):
            parts = list(_elements(extension))
            if parts[0][1] == _SUBJECT_NAMES:
                for kind, name in _elements(_body(parts[-1][1], _SEQUENCE)):
                    if kind == _DNS_NAME:
                        yield name.decode("ascii", "replace")


def _rsa_bits(key: bytes) -> int | None:
    (_, algorithm), (kind, bits) = _elements(key)
    if next(_elements(algorithm))[1] != _RSA or kind != _BITS:
        return None
    modulus = next(_elements(_body(bits[1:], _SEQUENCE)))[1]
    return int.from_bytes(modulus, "big").bit_length()
