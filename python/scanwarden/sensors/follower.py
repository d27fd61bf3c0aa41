"""Follow a file that grows and is rotated, without losing or repeating a byte.

Rotation by rename: the old file is read to its end, and a moment longer because its writer lets go of it late; files
that came and went between two looks are found beside it. Rotation by copying and truncating: the file is the same but
shorter, or begins otherwise; then it is read from its start (what was written between the copy and the cut is lost by
that method itself, whoever reads).
"""

import contextlib
import glob
import os
from collections import deque
from pathlib import Path

from scanwarden.sensors.opening import OpenFile, open_plainly
from scanwarden.sensors.position import MAX_FINISHED_KEPT, FileMark, Position

FINGERPRINT_BYTES = 256
LINGER_S = 1.0  # how long a renamed file is still looked at after its end was reached
MAX_WAITING_FILES = 64
MAX_KNOWN = 256
MAX_LISTINGS = 8
COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4")


class _Opened:
    """One file by descriptor, with how far it was read."""

    def __init__(self, descriptor: int, offset: int) -> None:
        self.descriptor = descriptor
        self.offset = offset
        self.head = b""
        self.superseded_s: float | None = None

    def identity(self) -> tuple[int, int]:
        found = os.fstat(self.descriptor)
        return found.st_dev, found.st_ino

    def changed_ns(self) -> int:
        return os.fstat(self.descriptor).st_mtime_ns

    def fingerprint(self) -> bytes:
        return os.pread(self.descriptor, FINGERPRINT_BYTES, 0)

    def was_cut(self) -> bool:
        """Say whether the file was truncated, even if it has grown beyond the old place since."""
        size = os.fstat(self.descriptor).st_size
        return size < self.offset or (bool(self.head) and self.fingerprint()[: len(self.head)] != self.head)

    def read(self, max_bytes: int) -> bytes:
        if self.was_cut():
            self.offset, self.head = 0, b""
        chunk = os.pread(self.descriptor, max_bytes, self.offset)
        self.offset += len(chunk)
        if chunk and len(self.head) < FINGERPRINT_BYTES:
            self.head = os.pread(self.descriptor, min(FINGERPRINT_BYTES, self.offset), 0)
        return chunk

    def mark(self) -> FileMark:
        device, inode = self.identity()
        return FileMark(device, inode, self.head[:FINGERPRINT_BYTES])

    def bears(self, mark: FileMark) -> bool:
        """Say whether this is the file that was marked; one that was cut since and begins otherwise is not."""
        return self.identity() == (mark.device, mark.inode) and self.fingerprint()[: len(mark.head)] == mark.head

    def go_on(self, position: Position) -> None:
        """Take up where a reader before this one stopped."""
        self.offset, self.head = position.offset, position.file.head

    def close(self) -> None:
        os.close(self.descriptor)


class FileFollower:
    """Read what is appended to the file at `path`, whatever file that name means at the time.

    At most 64 rotated files wait to be read, each as a descriptor; a rotation beyond that is found again later as long
    as the file lies beside its successor uncompressed. `rotations` counts the files finished, `cuts` the truncations
    seen.
    """

    def __init__(
        self,
        path: Path,
        *,
        from_start: bool = False,
        position: Position | None = None,
        open_file: OpenFile = open_plainly,
    ) -> None:
        """Open the file, or wait for one to appear; raise OSError if it is there and cannot be read.

        With a `position` that an earlier follower gave, go on there: in that file, wherever it was moved beside this
        one, then in those that came after it; if it is gone, with the first of those.
        """
        self.path = path
        self._open_file = open_file
        self.rotations = 0
        self.cuts = 0
        self._current: _Opened | None = None
        self._waiting: deque[_Opened] = deque()
        self._known: deque[tuple[tuple[int, int], bytes]] = deque(maxlen=MAX_KNOWN)
        self._ends_in_line = True
        opened = self._open(path)
        if position is not None:
            self._go_on(position, opened)
            return
        if opened is not None and not from_start:
            opened.offset = os.fstat(opened.descriptor).st_size
            opened.head = opened.fingerprint()[: opened.offset]
        self._current = opened

    def position(self, *, unfinished_bytes: int = 0) -> Position | None:
        """Give how far the file was read, less the bytes of a line that has no end yet; None without a file."""
        current = self._current
        if current is None:
            return None
        finished = [FileMark(*identity, head) for identity, head in self._known]
        return Position(
            path=str(self.path),
            file=current.mark(),
            offset=max(current.offset - unfinished_bytes, 0),
            changed_ns=current.changed_ns(),
            finished=tuple(finished[-MAX_FINISHED_KEPT:]),
        )

    def _go_on(self, position: Position, named: _Opened | None) -> None:
        self._known.extend(((mark.device, mark.inode), mark.head) for mark in position.finished)
        if named is not None and named.identity() == (position.file.device, position.file.inode):
            # Cut since then, it is read from its start: what was written between is the same file's all the same.
            named.go_on(position)
            self._current = named
            return
        before = self._find(position.file)
        if before is not None:
            before.go_on(position)
            self._current = before
            if named is not None:
                named.close()  # it is found again, with what bore its name in between
            return
        if named is None:
            return
        # Gone, or packed by now: everything that was changed since is new.
        between = self._changed_since(position.changed_ns, {named.identity()})
        self._current, *waiting = [*between, named]
        self._waiting.extend(waiting)
        for one in (self._current, *waiting[:-1]) if waiting else ():
            one.superseded_s = -LINGER_S

    def _find(self, mark: FileMark) -> _Opened | None:
        """Open the file beside ours that was marked; looked for again and again, as files may be renamed just now."""
        for _ in range(MAX_LISTINGS):
            for sibling in self._siblings():
                opened = self._open_sibling(sibling)
                if opened is not None and opened.bears(mark):
                    return opened
                if opened is not None:
                    opened.close()
        return None

    def _siblings(self) -> list[Path]:
        try:
            found = list(self.path.parent.glob(f"{glob.escape(self.path.name)}[.-]*"))
        except PermissionError:  # the file can be opened for us, its folder not be listed
            return []
        return [sibling for sibling in found if not sibling.name.endswith(COMPRESSED)]

    def read(self, max_bytes: int, *, now_s: float) -> bytes:
        """Give the next bytes, none if there are none yet; `now_s` is a monotonic time.

        A last line without newline gets one when its file is finished. Raise OSError if a file cannot be read.
        """
        if self._current is None:
            self._current = self._open(self.path)
            if self._current is None:
                return b""
        chunk = self._read_current(max_bytes)
        if chunk:
            return chunk
        self._look_for_successors(now_s)
        return self._move_on(now_s)

    def close(self) -> None:
        """Let go of every file."""
        for opened in (self._current, *self._waiting):
            if opened is not None:
                opened.close()
        self._current = None
        self._waiting.clear()

    def _read_current(self, max_bytes: int) -> bytes:
        current = self._current
        if current is None:
            return b""
        before = current.offset
        chunk = current.read(max_bytes)
        if current.offset < before:
            self.cuts += 1
            if not self._ends_in_line:
                chunk = b"\n" + chunk
        if chunk:
            self._ends_in_line = chunk.endswith(b"\n")
        return chunk

    def _look_for_successors(self, now_s: float) -> None:
        """Open what now bears the name, and what bore it in between."""
        newest = self._waiting[-1] if self._waiting else self._current
        if newest is None or len(self._waiting) >= MAX_WAITING_FILES:
            return
        named = self._open(self.path)
        if named is None:
            return
        if named.identity() == newest.identity():
            named.close()
            return
        for after in self._in_order(newest, named):
            newest.superseded_s = now_s
            self._waiting.append(after)
            newest = after

    def _in_order(self, newest: _Opened, named: _Opened) -> list[_Opened]:
        """Put `named` behind the files that bore the name between `newest` and it, in the order of their last change.

        While files are renamed a folder cannot be listed in one piece, so it is listed until nothing new turns up.
        """
        seen = {opened.identity() for opened in (self._current, *self._waiting, named) if opened is not None}
        between = self._changed_since(newest.changed_ns(), seen)
        if self._bears_the_name(named):
            return [*between, named]
        return sorted([*between, named], key=_Opened.changed_ns)

    def _changed_since(self, since_ns: int, seen: set[tuple[int, int]]) -> list[_Opened]:
        """Open the files beside ours, other than `seen`, that were changed since; in the order of their last change."""
        between: list[_Opened] = []
        for _ in range(MAX_LISTINGS):
            found = self._unseen(since_ns, seen)
            seen.update(opened.identity() for opened in found)
            between += found
            if not found:
                break
        return sorted(between, key=_Opened.changed_ns)

    def _unseen(self, since_ns: int, seen: set[tuple[int, int]]) -> list[_Opened]:
        """Open the files beside ours that were changed since, and that were never opened before."""
        found: list[_Opened] = []
        for sibling in self._siblings():
            opened = self._open_sibling(sibling)
            if opened is None:
                continue
            is_ours = opened.identity() not in seen | {one.identity() for one in found} and not self._is_known(opened)
            if is_ours and opened.changed_ns() >= since_ns and len(found) < MAX_WAITING_FILES:
                found.append(opened)
            else:
                opened.close()
        return found

    def _bears_the_name(self, opened: _Opened) -> bool:
        try:
            status = self.path.stat()
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == opened.identity()

    def _move_on(self, now_s: float) -> bytes:
        """Finish the current file if another has taken its name for long enough."""
        current = self._current
        if current is None or current.superseded_s is None or now_s - current.superseded_s < LINGER_S:
            return b""
        self._known.append((current.identity(), current.fingerprint()))
        current.close()
        self.rotations += 1
        self._current = self._waiting.popleft() if self._waiting else None
        if self._ends_in_line:
            return b""
        self._ends_in_line = True
        return b"\n"

    def _is_known(self, opened: _Opened) -> bool:
        head, identity = opened.fingerprint(), opened.identity()
        return any(identity == known and head[: len(print_)] == print_ for known, print_ in self._known)

    def _open_sibling(self, path: Path) -> _Opened | None:
        with contextlib.suppress(OSError):  # a file beside ours that we may not read is none of our log
            return self._open(path)
        return None

    def _open(self, path: Path) -> _Opened | None:
        """Open a regular file; None if there is none. A name that means a pipe or directory raises OSError."""
        try:
            return _Opened(self._open_file(path), 0)
        except FileNotFoundError:
            return None

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            self.close()
