"""The files that make a host a member: its name, its key, and the authority's public key; for correlators more.

host.name  host.key  authority.pub          every member
authority.key  join.token                   correlators, made by `scanwarden fleet init`
spool/                                      sightings that wait
"""

import base64
import os
from pathlib import Path

import msgspec

from scanwarden.fleet.errors import FleetError
from scanwarden.fleet.hosts import JoinToken
from scanwarden.fleet.keys import KEY_MODE, SigningKey, Verifier
from scanwarden.fleet.messages import Name
from scanwarden.store.sightings import SPOOL


class _Named(msgspec.Struct, frozen=True):
    name: Name


class Membership:
    """The folder of one host."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def spool(self) -> Path:
        """Give the folder of the sightings that wait."""
        return self._folder / SPOOL

    def host(self) -> str:
        """Give this host's name in the fleet; raise FleetError if it has not joined."""
        return self._read("host.name").decode().strip()

    def host_key(self) -> SigningKey:
        """Give this host's key."""
        return SigningKey.load(self._folder / "host.key")

    def authority(self) -> bytes:
        """Give the authority's public key."""
        return base64.b64decode(self._read("authority.pub"))

    def verifier(self) -> Verifier:
        """Give what the authority's messages are checked with."""
        return Verifier(self.authority())

    def authority_key(self) -> SigningKey:
        """Give the authority's own key, which only correlators have."""
        path = self._folder / "authority.key"
        if not path.exists():
            raise FleetError(f"{path} is missing: this is no correlator", remedy="scanwarden fleet init, or copy it")
        return SigningKey.load(path)

    def token(self) -> JoinToken:
        """Give the join token, which only correlators keep."""
        return JoinToken.parse(self._read("join.token").decode())

    def init(self) -> JoinToken:
        """Make the authority's key and a join token; raise FleetError if there is one already."""
        key = SigningKey.new()
        key.save(self._folder / "authority.key")
        token = JoinToken.new(key.public)
        self._write("join.token", f"{token}\n".encode())
        self._write("authority.pub", base64.b64encode(key.public) + b"\n")
        return token

    def join(self, host: str, token: JoinToken) -> SigningKey:
        """Make this host's key and keep whose bans it follows; raise FleetError for a wrong name, or if it has one."""
        try:
            msgspec.convert({"name": host}, _Named)
        except msgspec.ValidationError as error:
            raise FleetError(
                f"{host!a} cannot name a host", remedy="use a to z, 0 to 9, - and _, beginning with a letter or digit"
            ) from error
        key = SigningKey.new()
        key.save(self._folder / "host.key")
        self._write("host.name", f"{host}\n".encode())
        self._write("authority.pub", base64.b64encode(token.authority) + b"\n")
        return key

    def leave(self) -> None:
        """Remove what made this host a member."""
        for name in ("host.key", "host.name"):
            (self._folder / name).unlink(missing_ok=True)

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise FleetError(f"{path} is missing: this host has not joined", remedy="scanwarden fleet join") from error
        except OSError as error:
            raise FleetError(f"{path} cannot be read: {error.strerror}") from error

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        beside = path.with_name(f".{name}.part")
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, KEY_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            beside.replace(path)
        except OSError as error:
            raise FleetError(f"{path} cannot be written: {error.strerror}") from error
