"""Be the command line: one file a command, and what they share of output, progress and errors.

Here live options, help texts, colours and exit statuses. What a command does is `daemon`'s wiring; how a record
reads is `formats`'. Exit statuses: 0 is well, 1 means that a scan was found (`replay`), 2 that something failed.
"""

from scanwarden.cli.program import main

__all__ = ["main"]
