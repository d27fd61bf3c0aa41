"""Ban in hosts.deny: lines that TCP wrappers read (hosts_access(5)), in one bounded block of our own.

Only services that use libwrap look at it, and only when a connection is made: established connections are spared, and
so are all other services. The file knows no timeouts: `refresh` removes what has ended.
"""

import os
import stat
import tempfile
import time
from collections.abc import Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.model.ban import Ban
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.contract import MonotonicClock, Obstacle
from scanwarden.responders.keeper import Keeper
from scanwarden.responders.tool import Arming, Traits

DEFAULT_FILE = Path("/etc/hosts.deny")
DEFAULT_MAX_BANS = 1000
BEGIN = b"# BEGIN scanwarden: the lines up to END are written by scanwarden and change at any time\n"
END = b"# END scanwarden\n"
_MAX_FILE_BYTES = 4 << 20
_READERS = ("/lib/*/libwrap.so.0", "/lib64/libwrap.so.0", "/usr/lib/*/libwrap.so.0", "/usr/lib64/libwrap.so.0")

Form = Literal["plain", "deny"]


class HostsDenyTool:
    """Drive our block in the file; everything outside of it stays as it is, byte for byte.

    `form` "deny" adds `: DENY` (hosts_options(5)), so that the block may stand in hosts.allow.
    """

    def __init__(self, file: Path, *, form: Form) -> None:
        self.traits = Traits(name="hosts_deny", has_timeouts=False, max_per_call=DEFAULT_MAX_BANS)
        self._file = file
        self._form = form

    def check(self) -> Sequence[Obstacle]:
        """Say that nothing reads the file, or that it cannot be written."""
        obstacles = []
        if not any(list(Path("/").glob(pattern[1:])) for pattern in _READERS):
            obstacles.append(
                Obstacle(
                    lacks="TCP wrappers: no program here can read hosts.deny (libwrap is not installed)",
                    remedy="use the nftables responder",
                )
            )
        if not os.access(self._file.parent, os.W_OK):
            obstacles.append(Obstacle(lacks=f"the right to write in {self._file.parent}", remedy="run as root"))
        return obstacles

    def objections(self, bans: Sequence[Ban]) -> Sequence[str | None]:
        """Return None for each: established connections are spared by nature."""
        return [None] * len(bans)

    def set_up(self, protected: Sequence[Prefix], running: Sequence[Prefix]) -> None:  # noqa: ARG002 - the file has no way to let through first
        """Leave only the lines of bans that run in our block, which is there from then on."""
        kept = {self._line(source) for source in running}
        self._rewrite([line for line in self._block() if line in kept])

    def protect(self, protected: Sequence[Prefix]) -> None:
        """Do nothing: the keeper refuses what is protected."""

    def put(self, bans: Sequence[Arming]) -> None:
        """Add lines that are not there yet."""
        lines = self._block()
        present = set(lines)
        self._rewrite(lines + [line for ban in bans if (line := self._line(ban.source)) not in present])

    def take_out(self, sources: Sequence[Prefix]) -> None:
        """Remove lines."""
        leaving = {self._line(source) for source in sources}
        lines = self._block()
        if leaving.intersection(lines):
            self._rewrite([line for line in lines if line not in leaving])

    def holds(self, source: Prefix) -> bool:
        """Read the file for this one line."""
        return self._line(source) in self._block()

    def is_in_place(self) -> bool:
        """Say whether our block is in the file."""
        return BEGIN in self._content()

    def remove(self) -> None:
        """Take our block out of the file."""
        before, _, after = self._parts()
        if BEGIN in self._content():
            self._write(before + after)

    def close(self) -> None:
        """Do nothing: the file is not held open."""

    def _line(self, source: Prefix) -> bytes:
        return f"ALL: {written(source)}{' : DENY' if self._form == 'deny' else ''}\n".encode("ascii")

    def _block(self) -> list[bytes]:
        return self._parts()[1].splitlines(keepends=True)

    def _parts(self) -> tuple[bytes, bytes, bytes]:
        """Return what stands before, in and after our block; one without an end is every line of our form."""
        before, begin, rest = self._content().partition(BEGIN)
        if not begin:
            return before, b"", b""
        block, end, after = rest.partition(END)
        if end:
            return before, block, after
        lines = rest.splitlines(keepends=True)
        ours = [line for line in lines if line.startswith(b"ALL: ")]
        return before, b"".join(ours), b"".join(line for line in lines if not line.startswith(b"ALL: "))

    def _rewrite(self, lines: Sequence[bytes]) -> None:
        before, _, after = self._parts()
        if before and not before.endswith(b"\n"):
            before += b"\n"
        self._write(before + BEGIN + b"".join(lines) + END + after)

    def _content(self) -> bytes:
        try:
            descriptor = os.open(self._file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise self._failed("read", error) from error
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
        if len(content) > _MAX_FILE_BYTES:
            raise ResponderError(f"{self._file} is larger than {_MAX_FILE_BYTES} bytes", remedy="make it smaller")
        return content

    def _write(self, content: bytes) -> None:
        """Replace the file in one step: readers see the old or the new one, never a part."""
        try:
            mode = stat.S_IMODE(self._file.stat(follow_symlinks=False).st_mode) if self._file.exists() else 0o644
            descriptor, name = tempfile.mkstemp(prefix=f".{self._file.name}.", dir=self._file.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    os.fchmod(file.fileno(), mode)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._file)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise self._failed("written", error) from error

    def _failed(self, verb: str, error: OSError) -> ResponderError:
        return ResponderError(f"{self._file} cannot be {verb}: {error.strerror}")


class HostsDenyResponder(Keeper):
    """Ban in a file for TCP wrappers, at most `max_bans` at once."""

    def __init__(
        self,
        file: Path = DEFAULT_FILE,
        *,
        form: Form = "plain",
        protected: PrefixTable | None = None,
        max_bans: int = DEFAULT_MAX_BANS,
        now_ns: MonotonicClock = time.monotonic_ns,
    ) -> None:
        super().__init__(HostsDenyTool(file, form=form), max_bans=max_bans, protected=protected, now_ns=now_ns)


def written(source: Prefix) -> str:
    """Write a source as hosts_access(5) wants it: `n.n.n.n`, `n.n.n.n/m.m.m.m`, `[n:n::n]` or `[n:n::n]/m`."""
    if source.version == 4:
        return str(source.address) if source.is_single else IPv4Network(str(source)).with_netmask
    return f"[{source.address}]" + ("" if source.is_single else f"/{source.length}")
