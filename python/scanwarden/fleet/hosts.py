"""Who belongs to the fleet: the list of hosts, joining and leaving.

Whoever holds the join token may enrol a host, once, under a name of its choice. The token carries the authority's
public key, so that the host knows whose bans to follow; the secret in it stays with the administrator. A host that
knew it could enrol itself many times and be its own quorum.
"""

import base64
import hmac
import os
from collections.abc import Mapping

import msgspec

from scanwarden.fleet.bus import HOSTS, Bus, Entry
from scanwarden.fleet.errors import FleetError, MessageError
from scanwarden.fleet.keys import SigningKey, Verifier
from scanwarden.fleet.messages import Enrolment, join_proof, parse, sign, verify

TOKEN_MARK = "swfleet1-"  # noqa: S105 how every token begins
_SECRET_BYTES = 32
MOST_HOSTS = 32_000  # numbers of hosts have 15 bits


class JoinToken(msgspec.Struct, frozen=True):
    """What an administrator carries to a new host: the authority's public key and the secret to enrol with."""

    authority: bytes
    secret: bytes

    @classmethod
    def new(cls, authority: bytes) -> "JoinToken":
        """Draw a secret."""
        return cls(authority, os.urandom(_SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "JoinToken":
        """Read a token; raise FleetError if it is none."""
        try:
            raw = base64.urlsafe_b64decode(text.strip().removeprefix(TOKEN_MARK))
        except ValueError:
            raw = b""
        if not text.strip().startswith(TOKEN_MARK) or len(raw) != 2 * _SECRET_BYTES:
            raise FleetError("this is no join token", remedy=f"it begins with {TOKEN_MARK}: scanwarden fleet init")
        return cls(raw[:_SECRET_BYTES], raw[_SECRET_BYTES:])

    def __str__(self) -> str:
        """Write the token as one word."""
        return TOKEN_MARK + base64.urlsafe_b64encode(self.authority + self.secret).decode()


async def enrol(bus: Bus, host: str, key: SigningKey, token: JoinToken, now_ns: int) -> None:
    """Enter a host in the list; raise FleetError if the name belongs to another key."""
    entry = await bus.get(HOSTS, host)
    if entry is not None and entry.value is not None:
        known, _ = parse(entry.value, Enrolment)
        if known.public != key.public and not known.has_left:
            raise FleetError(f"{host} is enrolled with another key", remedy="leave there first, or take another name")
    enrolment = Enrolment(
        host=host, public=key.public, joined_ns=now_ns, proof=join_proof(token.secret, host, key.public)
    )
    await bus.put(HOSTS, host, sign(enrolment, key), revision=entry.revision if entry is not None else 0)


async def leave(bus: Bus, host: str, key: SigningKey, now_ns: int, *, authority: bytes) -> None:
    """Say that a host has left, signed by its own key or the authority's; a host that is not there has left already.

    Raise FleetError if the authority names a host that never was, or if the key is neither.
    """
    entry = await bus.get(HOSTS, host)
    if entry is None or entry.value is None:
        if key.public == authority:
            raise FleetError(f"{host} is not enrolled")
        return
    known, _ = parse(entry.value, Enrolment)
    if known.has_left:
        return
    if key.public not in (known.public, authority):
        raise FleetError(
            f"{host} is enrolled with another key", remedy=f"on a correlator: scanwarden fleet leave --name {host}"
        )
    gone = msgspec.structs.replace(known, joined_ns=now_ns, has_left=True)
    await bus.put(HOSTS, host, sign(gone, key), revision=entry.revision)


async def standing(bus: Bus, host: str, key: SigningKey) -> str | None:
    """Say why the fleet does not believe this host, in words; None if it is enrolled as it should be."""
    entry = await bus.get(HOSTS, host)
    if entry is None or entry.value is None:
        return "it is not on the list of hosts"
    known, _ = parse(entry.value, Enrolment)
    if known.has_left:
        return "it was taken off the list of hosts"
    return None if known.public == key.public else "the list of hosts knows it by another key"


class HostList:
    """The hosts whose enrolment holds, by what the bus tells; it is at most `MOST_HOSTS` long."""

    def __init__(self, secret: bytes | None, authority: bytes) -> None:
        """Take the join secret, to check proofs with; None takes a host's own word, for showing the list only."""
        self._secret = secret
        self._authority = Verifier(authority)
        self._verifiers: dict[str, Verifier] = {}
        self.refused = 0

    @property
    def verifiers(self) -> Mapping[str, Verifier]:
        """Give what each host's messages are checked with."""
        return self._verifiers

    def take_in(self, entry: Entry) -> None:
        """Learn that an entry of the list changed; one that does not hold is counted and changes nothing."""
        try:
            self._take_in(entry)
        except MessageError:
            self.refused += 1

    def _take_in(self, entry: Entry) -> None:
        if entry.value is None:
            return  # what a server forgets is no proof that a host left
        told, signed = parse(entry.value, Enrolment)
        own = Verifier(told.public)
        if told.host != entry.key:
            raise MessageError(f"{entry.key} enrols {told.host}")
        if told.has_left:
            self._check_leave(entry.value, told, own)
            self._verifiers.pop(told.host, None)
            return
        own.check(signed.body, signed.signature)
        proof = told.proof if self._secret is None else join_proof(self._secret, told.host, told.public)
        if not hmac.compare_digest(proof, told.proof) or len(self._verifiers) >= MOST_HOSTS:
            raise MessageError(f"{told.host} did not know the join token")
        self._verifiers[told.host] = own

    def _check_leave(self, payload: bytes, told: Enrolment, own: Verifier) -> None:
        """Believe the host, by the key it is known with, or the authority."""
        known = self._verifiers.get(told.host, own)
        try:
            verify(payload, Enrolment, known)
        except MessageError:
            verify(payload, Enrolment, self._authority)
