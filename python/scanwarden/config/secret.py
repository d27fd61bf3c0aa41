"""Keep passwords and tokens out of the configuration: an option names the file that holds one."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from scanwarden.errors import ConfigError

MAX_SECRET_BYTES = 64 * 1024
# Nobody but the owner may write it, and of others only the group may read it.
_FORBIDDEN_MODE = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


@dataclass(frozen=True)
class SecretFile:
    """A file whose text is a secret; the secret itself is read only when it is used."""

    path: Path

    @classmethod
    def parse(cls, text: str) -> SecretFile:
        """Take an absolute path; raise ConfigError on any other."""
        if not text.startswith("/") or "\0" in text:
            raise ConfigError(f"{text[:60]!r} is no absolute path", remedy="begin it with a slash")
        return cls(Path(text))

    def read(self) -> str:
        """Give the secret without its line end; raise ConfigError if the file is missing or open to others."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                _check(self.path, os.fstat(descriptor))
                content = os.read(descriptor, MAX_SECRET_BYTES + 1)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unusable(self.path, error) from error
        if len(content) > MAX_SECRET_BYTES:
            raise ConfigError(f"{self.path} is larger than {MAX_SECRET_BYTES} bytes")
        try:
            return content.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.path} is not UTF-8 text") from error

    def check(self) -> None:
        """Raise ConfigError if the file is missing, no plain file, empty, or open to others."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise _unusable(self.path, error) from error
        _check(self.path, found)

    def __str__(self) -> str:
        return str(self.path)


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{path} is no plain file")
    if found.st_uid not in (0, os.geteuid()) and os.geteuid() != 0:
        raise ConfigError(f"{path} belongs to another user", remedy=f"run `chown root {path}`")
    if found.st_mode & _FORBIDDEN_MODE:
        raise ConfigError(
            f"{path} holds a secret but has mode {stat.S_IMODE(found.st_mode):04o}", remedy=f"run `chmod 0600 {path}`"
        )
    if not found.st_size:
        raise ConfigError(f"{path} is empty", remedy="write the secret into it")


def _unusable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path} cannot be read: {error.strerror}", remedy=f"create {path} with mode 0600")
