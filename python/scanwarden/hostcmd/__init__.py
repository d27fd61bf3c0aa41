"""Start other programs: the one door from scanwarden to the host's commands.

What lives here: argument lists, the safe search path, time limits, bounded output, the clean environment and the errors
that say what went wrong. What does not: any knowledge of a particular program, and a shell. No other module imports
`subprocess`; a program is looked up in `SAFE_PATH` only, so the caller's `PATH` cannot choose it.

    HostCommandError
    ├── CommandNotFoundError     the program is not installed
    ├── CommandFailedError       it ran and returned non-zero; `stderr_line` says why
    └── CommandTimedOutError     it did not end in time and was killed with all its children
"""

from scanwarden.hostcmd.background import Background
from scanwarden.hostcmd.errors import (
    CommandFailedError,
    CommandNotFoundError,
    CommandTimedOutError,
    HostCommandError,
)
from scanwarden.hostcmd.lookup import SAFE_PATH, Launch, find
from scanwarden.hostcmd.oneshot import Completed, run, run_async
from scanwarden.hostcmd.stream import LineStream

__all__ = [
    "SAFE_PATH",
    "Background",
    "CommandFailedError",
    "CommandNotFoundError",
    "CommandTimedOutError",
    "Completed",
    "HostCommandError",
    "Launch",
    "LineStream",
    "find",
    "run",
    "run_async",
]
