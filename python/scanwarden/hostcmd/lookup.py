"""Find programs and describe how they are started."""

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from scanwarden.hostcmd.errors import CommandNotFoundError

# Directories only root can write to on a sane host. Nothing of the caller's PATH is used.
SAFE_PATH = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin")


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """How a program is started beside its arguments.

    `env` adds to (never replaces) the clean environment. `user` and `group` are names or numbers to become, which
    needs root; supplementary groups are dropped then. `directory` is the working directory, `/` by default.
    """

    env: Mapping[str, str] = msgspec.field(default_factory=dict)
    user: str | int | None = None
    group: str | int | None = None
    directory: str = "/"

    def popen_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments `subprocess` needs for this launch, a new session included."""
        wanted: dict[str, Any] = {
            "cwd": self.directory,
            "env": clean_environment(self.env),
            "start_new_session": True,
            "close_fds": True,
        }
        if self.user is not None:
            wanted |= {"user": self.user, "group": self.group if self.group is not None else 65534, "extra_groups": []}
        elif self.group is not None:
            wanted |= {"group": self.group, "extra_groups": []}
        return wanted


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a child: the safe path, the C locale and `extra`, nothing inherited."""
    return {"PATH": ":".join(SAFE_PATH), "LC_ALL": "C", "HOME": "/", **extra}


def find(program: str, *, path: Sequence[str] = SAFE_PATH) -> str:
    """Return the absolute path of `program`; a name is looked up in `path`, an absolute path is only checked.

    Raises CommandNotFoundError. A relative path such as `./tool` is never accepted.
    """
    if program.startswith("/"):
        candidates = [program]
    elif "/" in program or not program or "\0" in program:
        raise CommandNotFoundError(program, ())
    else:
        candidates = [f"{directory}/{program}" for directory in path]
    for candidate in candidates:
        if _is_executable(candidate):
            return candidate
    raise CommandNotFoundError(program, [str(Path(candidate).parent) for candidate in candidates])


def _is_executable(candidate: str) -> bool:
    try:
        mode = Path(candidate).stat().st_mode
    except (OSError, ValueError):  # absent, unreadable directory, or a null byte: not a program we can start
        return False
    return stat.S_ISREG(mode) and os.access(candidate, os.X_OK)
