"""The files that make a host a member: its name, its key, and the authority's public key; for correlators more.

host.name  host.key  authority.pub          every member
authority.key  join.token                   correlators, made by `scanwarden fleet init`
spool/                                      sightings that wait
"""

import base64
import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from scanwarden.fleet.errors import FleetError
from scanwarden.fleet.hosts import JoinToken
from scanwarden.fleet.keys import KEY_MODE, SigningKey, Verifier
from scanwarden.fleet.messages import Name
from scanwarden.store.sightings import SPOOL

_OF_MEMBERS = ("host.name", "authority.pub", "host.key")
_ALL = ("authority.key", "join.token", *_OF_MEMBERS)
_FOLDER_MODE = 0o750


class _Named(msgspec.Struct, frozen=True):
    name: Name


class Mark(NamedTuple):
    """What tells one joining from the next: the inode of the key, and when it was written."""

    inode: int
    written_ns: int


class Membership:
    """The folder of one host."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def spool(self) -> Path:
        """Give the folder of the sightings that wait."""
        return self._folder / SPOOL

    @property
    def mark(self) -> Mark | None:
        """Give what changes when this host joins again; None unless it has joined, and this user may read that."""
        try:
            if all(os.access(self._folder / name, os.R_OK) for name in _OF_MEMBERS):
                key = (self._folder / "host.key").stat()
                return Mark(key.st_ino, key.st_mtime_ns)
        except FileNotFoundError:
            pass  # it has left just now
        return None

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
        path = self._folder / "authority.key"
        if path.exists():
            raise FleetError(f"{path} exists: this fleet has begun", remedy=f"the join token is in {path.parent}")
        key = SigningKey.new()
        key.save(path)
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
        path = self._folder / "host.key"
        if path.exists():
            raise FleetError(f"{path} exists: this host has joined", remedy="scanwarden fleet leave")
        key = SigningKey.new()
        key.save(path)
        self._write("host.name", f"{host}\n".encode())
        self._write("authority.pub", base64.b64encode(token.authority) + b"\n")
        return key

    def leave(self) -> None:
        """Remove what made this host a member; a correlator still knows its own authority."""
        is_correlator = (self._folder / "authority.key").exists()
        for name in ("host.key", "host.name", *(() if is_correlator else ("authority.pub",))):
            (self._folder / name).unlink(missing_ok=True)

    def give_to(self, uid: int, gid: int) -> None:
        """Let the service's user read what is here and write the spool; raise FleetError."""
        try:
            self.spool.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            for path in (self._folder, self.spool, *(self._folder / name for name in _ALL)):
                if path.exists():
                    os.chown(path, uid, gid, follow_symlinks=False)
        except OSError as error:
            raise FleetError(f"{self._folder} cannot be handed to the service: {error.strerror}") from error

    def _read(self, name: str) -> bytes:
        path = self._folder / name
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise FleetError(
                f"{path} is missing: this host has not joined",
                remedy="scanwarden fleet join, or on a correlator scanwarden fleet init",
            ) from error
        except OSError as error:
            raise FleetError(f"{path} cannot be read: {error.strerror}") from error

    def _write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        beside = path.with_name(f".{name}.part")
        try:
            beside.unlink(missing_ok=True)  # whoever owns the folder must not choose where root writes
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, KEY_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            beside.replace(path)
        except OSError as error:
            raise FleetError(f"{path} cannot be written: {error.strerror}") from error
