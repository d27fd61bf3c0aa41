"""Write a configuration file whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

from scanwarden.errors import ConfigError

# Readable by the service's group; secrets stand in files of their own.
FILE_MODE = 0o640
FOLDER_MODE = 0o755


def write_new(path: Path, text: str, *, replace: bool) -> None:
    """Write a file beside its place and move it there; raise ConfigError if one is there, or on failure.

    Links are not followed: with `replace`, a link is replaced and its target stays.
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(beside, text)
        if replace:
            beside.rename(path)
        else:
            os.link(beside, path)  # unlike a rename, fails where a file is
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already", remedy="use --force to replace it") from error
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"{path} cannot be written: {error.strerror}", remedy="run as root, or name another place with --file"
    )
