"""Run the check on another node, over ssh."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from scanwarden import hostcmd
from scanwarden.audit.active import sweep
from scanwarden.errors import SensorError

LIMIT_S = 900.0
MAX_OUTPUT_BYTES = 4 << 20
# Letters, digits and what ssh destinations are made of; never an option, never a blank.
_DESTINATION = re.compile(r"(?:ssh://)?[A-Za-z0-9_][A-Za-z0-9_.:@%\[\]-]{0,252}")
_WORD = re.compile(r"[A-Za-z0-9_.,:/=@%\[\]-]+")


class Far(Struct, frozen=True):
    """Another node, as ssh(1) names it: `user@host` or `ssh://user@host:port`. It needs Python 3.8 or later there."""

    name: str
    options: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Far":
        """Read a destination; raises SensorError for what ssh might take for something else."""
        if not _DESTINATION.fullmatch(text):
            raise SensorError(f"{text[:60]!a} is no ssh destination", remedy="write it like admin@probe.example.net")
        return cls(text)

    def sweep(self, order: Mapping[str, object]) -> str:
        """Carry out an order of `sweep` there, without installing anything, and return what it prints."""
        program = Path(sweep.__file__).read_bytes()
        # The far shell sees one word in quotes; JSON of numbers, addresses and hexadecimal digits holds none.
        return self._run(["python3", "-", f"'{json.dumps(order)}'"], stdin=program)

    def run(self, argv: list[str]) -> str:
        """Run a command there; its words are letters, digits and a few signs that no shell looks at."""
        for word in argv:
            if not _WORD.fullmatch(word):
                raise SensorError(f"{word[:60]!a} cannot be sent to {self.name}")
        return self._run(argv)

    def _run(self, words: list[str], stdin: bytes = b"") -> str:
        agent = os.environ.get("SSH_AUTH_SOCK")
        launch = hostcmd.Launch(env={"SSH_AUTH_SOCK": agent} if agent else {})
        argv = ["ssh", "-o", "BatchMode=yes", *self.options, "--", self.name, *words]
        done = hostcmd.run(argv, stdin=stdin, limit_s=LIMIT_S, max_output_bytes=MAX_OUTPUT_BYTES, launch=launch)
        return done.text
