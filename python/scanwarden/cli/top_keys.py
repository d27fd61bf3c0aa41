"""Read single keys from a terminal."""

import os
import select
import termios
import tty
from types import TracebackType
from typing import Literal, Self, TextIO

Key = Literal["up", "down", "ban", "unban", "allow", "quit"]
_LETTERS: dict[bytes, Key] = {
    b"\x1b[A": "up",
    b"\x1bOA": "up",
    b"k": "up",
    b"\x1b[B": "down",
    b"\x1bOB": "down",
    b"j": "down",
    b"b": "ban",
    b"u": "unban",
    b"a": "allow",
    b"q": "quit",
    b"\x04": "quit",
}
_LONGEST = 32


class Keyboard:
    """A terminal whose keys come at once and are not shown; it is put back as it was."""

    def __init__(self, terminal: TextIO) -> None:
        self._descriptor = terminal.fileno()

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def wait(self, limit_s: float) -> Key | None:
        """Return the key that is pressed within a time; None if there is none, or it means nothing."""
        ready, _, _ = select.select([self._descriptor], [], [], limit_s)
        if not ready:
            return None
        pressed = os.read(self._descriptor, _LONGEST)
        return key_of(pressed) if pressed else "quit"  # the terminal is gone


def key_of(pressed: bytes) -> Key | None:
    """Say what the bytes of one key mean."""
    return _LETTERS.get(pressed)
