"""Remember over a restart which bans must be lifted by us, because the tool that holds them knows no timeouts."""

import contextlib
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from scanwarden.errors import AddressError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.responders.ban_clock import Running

log = logging.getLogger(__name__)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
MAX_BYTES = 64 << 20
SAME_END_NS = 2_000_000_000  # ends this near to each other need no new file


class _Kept(msgspec.Struct, frozen=True):
    """One ban; times are those of the monotonic clock of the boot that the file names."""

    source: str
    ends_ns: int
    armed_until_ns: int
    forgeable: bool
    spare_established: bool
    scan: str | None = None
    reason: str = ""


class _File(msgspec.Struct, frozen=True):
    """What the file holds."""

    boot: str
    bans: tuple[_Kept, ...]


class KeptBans:
    """A file with the bans that one responder holds, replaced in one step before they are made."""

    def __init__(self, path: Path, *, boot_id: Path = BOOT_ID) -> None:
        self._path = path
        self._boot_id = boot_id
        self._written: dict[bytes, int] = {}

    def read(self) -> list[Running]:
        """Return the bans of an earlier run; those of another boot, whose clock is not ours, have ended long ago.

        A file that is damaged or not ours is passed over, and the log says so.
        """
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                kept = msgspec.json.decode(file.read(MAX_BYTES), type=_File)
            bans = [self._running(one, is_ours=kept.boot == self._boot()) for one in kept.bans]
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, AddressError) as error:
            log.warning("what was banned before is not known", extra={"file": str(self._path), "reason": str(error)})
            return []
        self._written = {ban.source.key: ban.ends_ns for ban in bans}
        return bans

    def write(self, bans: Sequence[Running]) -> None:
        """Replace the file, unless it says the same already; raise ResponderError."""
        wanted = {ban.source.key: ban.ends_ns for ban in bans}
        is_same = wanted.keys() == self._written.keys() and all(
            abs(ends_ns - self._written[key]) <= SAME_END_NS for key, ends_ns in wanted.items()
        )
        if is_same:
            return
        kept = tuple(
            _Kept(
                str(ban.source),
                ban.ends_ns,
                ban.armed_until_ns,
                ban.forgeable,
                ban.spare_established,
                ban.scan,
                ban.reason,
            )
            for ban in bans
        )
        self._replace(msgspec.json.encode(_File(self._boot(), kept)))
        self._written = wanted

    def _replace(self, content: bytes) -> None:
        try:
            descriptor, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._path)
            except OSError:
                with contextlib.suppress(OSError):  # what could not be written may not be there to remove
                    Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise ResponderError(
                f"{self._path} cannot be written: {error.strerror}", remedy="see [store] path, beside which it lies"
            ) from error

    def _running(self, kept: _Kept, *, is_ours: bool) -> Running:
        return Running(
            source=Prefix.parse(kept.source),
            ends_ns=kept.ends_ns if is_ours else 0,
            armed_until_ns=kept.armed_until_ns if is_ours else 0,
            forgeable=kept.forgeable,
            spare_established=kept.spare_established,
            scan=kept.scan,
            reason=kept.reason,
        )

    def _boot(self) -> str:
        try:
            return self._boot_id.read_text(encoding="ascii").strip()
        except OSError:
            return ""
