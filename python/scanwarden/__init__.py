"""See port scans against this host, or in a capture, and ban the scanner.

Here live the boxes of the program, one folder each, and the few modules that all of them use; ARCHITECTURE.md
says what each is for. Not here: whatever runs once per packet, which is the Rust core behind `scanwarden._core`.
"""

from importlib.metadata import version

__version__ = version("scanwarden")
