"""Say what becomes of a test whose programs are not installed."""

import os

import pytest

from scanwarden import hostcmd


def need_programs(*programs: str) -> None:
    """Skip the test where one of the programs is missing; fail it where `SCANWARDEN_KERNEL=required` (as in CI)."""
    for program in programs:
        try:
            hostcmd.find(program)
        except hostcmd.CommandNotFoundError:
            if os.environ.get("SCANWARDEN_KERNEL") == "required":
                pytest.fail(f"needs {program}: tools/system-packages firewalls")
            pytest.skip(f"needs {program}")
