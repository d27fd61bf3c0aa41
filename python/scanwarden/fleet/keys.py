"""Sign messages and check signatures: Ed25519 (RFC 8032), by the `cryptography` package.

Every host has a key of its own, and the fleet has one, the authority's, which only correlators hold. A shared secret
would let every host speak for every other.
"""

import base64
import os
from pathlib import Path

from scanwarden.extras import optional
from scanwarden.fleet.errors import FleetError, MessageError

_KEY_BYTES = 32
_MODULE = "cryptography.hazmat.primitives.asymmetric.ed25519"
KEY_MODE = 0o600


class SigningKey:
    """A private key; `public` is what others check its signatures with."""

    def __init__(self, seed: bytes) -> None:
        """Take 32 secret bytes."""
        ed25519 = optional(_MODULE, extra="fleet")
        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.public: bytes = self._key.public_key().public_bytes_raw()

    @classmethod
    def new(cls) -> "SigningKey":
        """Draw a key."""
        return cls(os.urandom(_KEY_BYTES))

    @classmethod
    def load(cls, path: Path) -> "SigningKey":
        """Read a key from its file; raise FleetError saying what is wrong with it."""
        try:
            if path.stat().st_mode & 0o077:
                raise FleetError(f"{path} can be read by others", remedy=f"chmod 600 {path}")
            return cls(base64.b64decode(path.read_bytes().strip(), validate=True))
        except OSError as error:
            raise FleetError(f"{path} cannot be read: {error.strerror}", remedy="scanwarden fleet join") from error
        except ValueError as error:
            raise FleetError(f"{path} holds no key", remedy="remove it and join again") from error

    def save(self, path: Path) -> None:
        """Write the key to a new file that only its owner may read; raise FleetError if there is one."""
        try:
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, KEY_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(self._key.private_bytes_raw()) + b"\n")
        except FileExistsError as error:
            raise FleetError(f"{path} exists already", remedy="scanwarden fleet status") from error
        except OSError as error:
            raise FleetError(f"{path} cannot be written: {error.strerror}") from error

    def sign(self, message: bytes) -> bytes:
        """Give the 64 bytes of the signature."""
        signature: bytes = self._key.sign(message)
        return signature


class Verifier:
    """Checks the signatures of one key."""

    def __init__(self, public: bytes) -> None:
        """Take the 32 bytes of a public key; raise MessageError for anything else."""
        ed25519 = optional(_MODULE, extra="fleet")
        self._wrong = optional("cryptography.exceptions", extra="fleet").InvalidSignature
        try:
            self._key = ed25519.Ed25519PublicKey.from_public_bytes(public)
        except ValueError as error:
            raise MessageError("these bytes are no public key") from error

    def check(self, message: bytes, signature: bytes) -> None:
        """Raise MessageError unless the key made this signature of this message."""
        try:
            self._key.verify(signature, message)
        except self._wrong as error:
            raise MessageError("the signature is wrong") from error
