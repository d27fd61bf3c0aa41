"""Make a disk fail under SQLite: a VFS (sqlite.org/vfs.html) over the usual one that returns errors when it is told to.

Python cannot register a VFS, so this speaks to the very library that `sqlite3` is linked with, by ctypes. Structures
and numbers are those of sqlite3.h. Where that library cannot be reached (it is built into the interpreter)
`FaultyDisk` raises `LookupError`.
"""

import ctypes
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_void_p, cast
from pathlib import Path
from typing import Any

NAME = b"scanwarden-faulty"
_MADE: list["FaultyDisk"] = []  # a connection may outlive its test, and then calls what must still be there
IOERR_READ, IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE = (sqlite3.SQLITE_IOERR | kind << 8 for kind in (1, 3, 4, 6))
# What each operation fails with: one code of several, by the number of the failure.
ERRORS: dict[str, tuple[int, ...]] = {
    "open": (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR),
    "read": (IOERR_READ,),
    "write": (IOERR_WRITE, sqlite3.SQLITE_FULL),
    "sync": (IOERR_FSYNC,),
    "truncate": (IOERR_TRUNCATE,),
}

_MoveBytes = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)  # xRead, xWrite
_WithSize = CFUNCTYPE(c_int, c_void_p, c_int64)  # xTruncate
_WithFlags = CFUNCTYPE(c_int, c_void_p, c_int)  # xSync
# SQLite keeps the pointer to the name: it must be passed on as it came.
_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)


class _IoMethods(Structure):
    """struct sqlite3_io_methods, version 3."""

    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("others", c_void_p * 13),
    )


class _File(Structure):
    """struct sqlite3_file: what follows is the usual VFS's own."""

    _fields_ = (("methods", POINTER(_IoMethods)),)


class _Vfs(Structure):
    """struct sqlite3_vfs, version 3."""

    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("own", c_void_p),
        ("open", c_void_p),
        ("others", c_void_p * 14),
    )


class FaultyDisk:
    """The disk under every database below a folder, opened while `installed`; `fails` decides each operation.

    It is called with the operation (a key of `ERRORS`) and returns whether it fails; another thread may call it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = bytes(folder)
        self._library = _library()
        self._usual = cast(self._library.sqlite3_vfs_find(None), POINTER(_Vfs))
        self._vfs = _Vfs.from_buffer_copy(self._usual.contents)
        self._vfs.name = NAME
        self._open = _Open(self._opened)
        self._vfs.open = cast(self._open, c_void_p)
        self._usual_open = _Open(self._usual.contents.open)
        self._tables: dict[int, tuple[_IoMethods, list[Any]]] = {}
        self._turn = threading.Lock()
        self.fails: Callable[[str], bool] = lambda _: False
        self.done: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        _MADE.append(self)

    @contextmanager
    def installed(self) -> "Iterator[FaultyDisk]":
        """Let every database that is opened meanwhile lie on this disk."""
        _must(self._library.sqlite3_vfs_register(byref(self._vfs), 1))
        try:
            yield self
        finally:
            _must(self._library.sqlite3_vfs_register(self._usual, 1))
            _must(self._library.sqlite3_vfs_unregister(byref(self._vfs)))

    def _error(self, operation: str) -> int:
        """Return the code that an operation fails with, or 0."""
        with self._turn:
            self.done[operation] += 1
            if not self.fails(operation):
                return sqlite3.SQLITE_OK
            self.failed[operation] += 1
            codes = ERRORS[operation]
            return codes[self.failed[operation] % len(codes)]

    def _opened(self, _: int, name: int | None, file: int, flags: int, flags_out: int) -> int:
        is_ours = name is not None and ctypes.string_at(name).startswith(self._folder)
        if is_ours and (code := self._error("open")):
            cast(file, POINTER(_File)).contents.methods = None  # so that it is not closed
            return code
        code = int(self._usual_open(cast(self._usual, c_void_p), name, file, flags, flags_out))
        if code == sqlite3.SQLITE_OK and is_ours:
            opened = cast(file, POINTER(_File)).contents
            opened.methods = ctypes.pointer(self._table(opened.methods))
        return code

    def _table(self, usual: "ctypes._Pointer[_IoMethods]") -> _IoMethods:
        """Return methods that may fail before they do what the usual ones do; made once for each kind of file."""
        place = cast(usual, c_void_p).value or 0
        with self._turn:
            if place in self._tables:
                return self._tables[place][0]
            table = _IoMethods.from_buffer_copy(usual.contents)
            kept: list[Any] = []
            for name, kind in (
                ("read", _MoveBytes),
                ("write", _MoveBytes),
                ("truncate", _WithSize),
                ("sync", _WithFlags),
            ):
                wrapped = kind(self._failing(name, kind(getattr(table, name))))
                setattr(table, name, cast(wrapped, c_void_p))
                kept.append(wrapped)
            self._tables[place] = (table, kept)
            return table

    def _failing(self, operation: str, usual: Callable[..., int]) -> Callable[..., int]:
        def call(*arguments: int) -> int:
            return self._error(operation) or usual(*arguments)

        return call


def _library() -> ctypes.CDLL:
    """Return the SQLite that this interpreter uses; raise LookupError if it cannot be reached."""
    import _sqlite3  # noqa: PLC0415 it loads the library, if there is one

    for place in dict.fromkeys((*_mapped(), getattr(_sqlite3, "__file__", None))):
        library = ctypes.CDLL(place)
        if hasattr(library, "sqlite3_vfs_find") and hasattr(library, "sqlite3_libversion"):
            library.sqlite3_libversion.restype = c_char_p
            if library.sqlite3_libversion().decode() == sqlite3.sqlite_version:
                library.sqlite3_vfs_find.restype = c_void_p
                library.sqlite3_vfs_find.argtypes = [c_char_p]
                return library
    raise LookupError("the SQLite of this interpreter is built into it")


def _mapped() -> list[str]:
    """Name the libraries of SQLite that this process has loaded."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.split(maxsplit=5)[5] for line in lines if "libsqlite3" in line]


def _must(code: int) -> None:
    assert code == sqlite3.SQLITE_OK, code
