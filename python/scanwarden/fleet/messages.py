"""The messages of a fleet, signed, as MessagePack."""

import hashlib
import hmac
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from scanwarden.fleet.errors import MessageError
from scanwarden.fleet.keys import SigningKey, Verifier
from scanwarden.formats.base import from_text, to_text
from scanwarden.model.address import Prefix
from scanwarden.store.sightings import PARTITIONS

MOST_ROWS = 512  # of one message; 54 bytes each
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="Name of a host in the fleet.")]
Time = Annotated[int, Meta(ge=0, description="Nanoseconds since 1970.")]

_ENCODER = msgspec.msgpack.Encoder(enc_hook=to_text)
T = TypeVar("T", bound="Signable")


class Signable(msgspec.Struct, frozen=True, kw_only=True):
    """What can be signed; the tag keeps a signature of one kind from serving another."""


class Sightings(Signable, frozen=True, kw_only=True, tag="sightings"):
    """Contacts that a host met, of sources of one partition.

    `sequence` grows with every message of the host, so that none counts twice; `rows` are packed, 54 bytes each.
    """

    host: Name
    sequence: Annotated[int, Meta(ge=0)]
    time_ns: Time
    partition: Annotated[int, Meta(ge=0, lt=PARTITIONS)]
    rows: Annotated[bytes, Meta(max_length=MOST_ROWS * 54)]


class FleetBan(Signable, frozen=True, kw_only=True, tag="ban"):
    """A source the fleet refuses until `expires_ns`; `hosts` reported it, and `verified` if it proved its address."""

    source: Prefix
    scan: str
    decided_ns: Time
    expires_ns: Time
    hosts: int
    verified: bool = False


class Enrolment(Signable, frozen=True, kw_only=True, tag="enrolment"):
    """A host's entry in the list of hosts, signed by its own key; `proof` shows that it knew the join token."""

    host: Name
    public: Annotated[bytes, Meta(min_length=32, max_length=32)]
    joined_ns: Time
    proof: Annotated[bytes, Meta(min_length=32, max_length=32)]
    has_left: bool = False


class HostReport(Signable, frozen=True, kw_only=True, tag="report"):
    """How a host's agent is doing."""

    host: Name
    time_ns: Time
    spooled_bytes: int = 0
    spool_dropped: int = 0
    published: int = 0
    bans_applied: int = 0
    bans_refused: int = 0


class Signed(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A message and who vouches for it."""

    body: bytes
    signature: bytes


def sign(message: Signable, key: SigningKey) -> bytes:
    """Write a message with its signature."""
    body = _ENCODER.encode(message)
    return msgspec.msgpack.encode(Signed(body=body, signature=key.sign(body)))


def parse(payload: bytes, kind: type[T]) -> tuple[T, Signed]:
    """Read a message whose signature is not checked yet; raise MessageError if it is none of this kind."""
    try:
        signed = msgspec.msgpack.decode(payload, type=Signed)
        return msgspec.msgpack.decode(signed.body, type=kind, dec_hook=from_text), signed
    except (msgspec.MsgspecError, ValueError) as error:
        raise MessageError(f"not a message of ours: {error}") from error


def verify(payload: bytes, kind: type[T], verifier: Verifier) -> T:
    """Read a message; raise MessageError unless it is one of this kind and the key signed it."""
    message, signed = parse(payload, kind)
    verifier.check(signed.body, signed.signature)
    return message


def join_proof(secret: bytes, host: str, public: bytes) -> bytes:
    """Give the proof that whoever enrols this key knew the join token."""
    return hmac.digest(secret, host.encode() + b"\0" + public, hashlib.sha256)
