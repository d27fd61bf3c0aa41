"""Say why a command did not do its work."""

from collections.abc import Sequence

from scanwarden.errors import ScanwardenError
from scanwarden.model.printable import printable

MAX_QUOTED_BYTES = 1000


class HostCommandError(ScanwardenError):
    """A command of the host did not do its work; `program` names it."""

    def __init__(self, message: str, *, program: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.program = program


class CommandNotFoundError(HostCommandError):
    """The program is not in the safe search path."""

    def __init__(self, program: str, searched: Sequence[str]) -> None:
        super().__init__(
            f"program {program!r} is not installed (looked in {', '.join(searched) or 'no directory'})",
            program=program,
            remedy=f"install the package that provides {program!r}",
        )


class CommandFailedError(HostCommandError):
    """The program ran and returned non-zero; `stderr_line` is the first line it complained with."""

    def __init__(self, argv: Sequence[str], returncode: int, stderr: bytes) -> None:
        self.returncode = returncode
        self.stderr_line = first_line(stderr)
        ended = f"exit status {returncode}" if returncode >= 0 else f"killed by signal {-returncode}"
        said = f": {self.stderr_line}" if self.stderr_line else ""
        super().__init__(f"{quoted(argv)} failed ({ended}){said}", program=argv[0])


class CommandTimedOutError(HostCommandError):
    """The program did not end within `limit_s` seconds and was killed."""

    def __init__(self, argv: Sequence[str], limit_s: float) -> None:
        self.limit_s = limit_s
        super().__init__(f"{quoted(argv)} did not end within {limit_s:g} s and was killed", program=argv[0])


def first_line(output: bytes) -> str:
    """Return the first non-empty line of `output`, printable and at most 300 characters long."""
    for line in output.split(b"\n", 20):
        if text := line[:MAX_QUOTED_BYTES].decode("utf-8", "replace").strip():
            return printable(text)
    return ""


def quoted(argv: Sequence[str]) -> str:
    """Show a command for a message: printable, and cut when it is long."""
    return printable(" ".join(word if word and " " not in word else repr(word) for word in argv))
