"""Keep the token without which nothing may be changed: a file that only its owner can read."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from scanwarden.config.secret import SecretFile
from scanwarden.errors import ConfigError

DEFAULT_FILE = Path("/var/lib/scanwarden-web/token")
SHORTEST_CHARS = 16
_BYTES = 24


class Token:
    """A token of which only a digest is kept in memory."""

    def __init__(self, secret: str) -> None:
        self._digest = _digest(secret)

    def fits(self, offered: str) -> bool:
        """Say whether it is the token, in a time that tells nothing."""
        return hmac.compare_digest(_digest(offered), self._digest)


def load_token(path: Path) -> Token:
    """Read the token, or make one with mode 0600 if there is none; raise ConfigError saying what is wrong."""
    if not path.exists():
        _make(path)
    secret = SecretFile(path).read().strip()
    if len(secret) < SHORTEST_CHARS:
        raise ConfigError(
            f"the token in {path} has fewer than {SHORTEST_CHARS} characters",
            remedy=f"remove {path}: a new one is made",
        )
    return Token(secret)


def default_file() -> Path:
    """Give where the token is kept when no file is named: in the state folder that systemd gives, if it does."""
    folder = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(folder) / DEFAULT_FILE.name if folder else DEFAULT_FILE


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{secrets.token_urlsafe(_BYTES)}\n")
    except OSError as error:
        raise ConfigError(
            f"the token cannot be written to {path}: {error.strerror}", remedy="name a file with [web] token_file"
        ) from error


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
