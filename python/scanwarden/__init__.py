"""See port scans against this host, or in a capture, and ban the scanner.

Here live the boxes of the program, one folder each, and the few modules that all of them use; ARCHITECTURE.md
says what each is for. Not here: whatever runs once per packet, which is the Rust core behind `scanwarden._core`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str


def __getattr__(name: str) -> str:
    """Read the version from the installed package when it is asked for: that takes longer than most commands."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version  # noqa: PLC0415 see above

    return version("scanwarden")
