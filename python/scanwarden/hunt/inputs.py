"""Find the files that a user named: a file, a folder, or a URL of an object store."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from scanwarden.extras import optional
from scanwarden.hunt.errors import HuntError

PARQUET_SUFFIXES = (".parquet", ".pq")


class ArchiveInput(msgspec.Struct, frozen=True, kw_only=True):
    """One file: where it is, how large, and when it was changed (nanoseconds since 1970, 0 if unknown)."""

    url: str
    size_bytes: int
    modified_ns: int

    @property
    def is_local(self) -> bool:
        """Say whether the file is on this machine."""
        return "://" not in self.url

    @property
    def is_parquet(self) -> bool:
        """Say whether the file is a table of probes, by its name."""
        return self.url.endswith(PARQUET_SUFFIXES)

    @property
    def key(self) -> str:
        """Give a short name that changes whenever the file does."""
        what = f"{self.url}\0{self.size_bytes}\0{self.modified_ns}"
        return hashlib.blake2b(what.encode(), digest_size=8).hexdigest()


def filesystem_of(url: str) -> tuple[Any, str]:
    """Open the file system of a path or URL with pyarrow; give it and the path inside it."""
    fs = optional("pyarrow.fs", extra="hunt")
    if "://" not in url:
        return fs.LocalFileSystem(), str(Path(url).absolute())
    try:
        filesystem, path = fs.FileSystem.from_uri(url)
    except (OSError, ValueError, NotImplementedError) as error:
        raise HuntError(f"{url} cannot be opened: {error}", remedy="use a path, or a URL such as s3://…") from error
    return filesystem, path


def find_inputs(named: Iterable[str]) -> list[ArchiveInput]:
    """List every file behind the names, folders with all they hold, each file once, sorted.

    Hidden files are left out of folders. Raise HuntError naming what does not exist or cannot be listed.
    """
    found = {one.url: one for name in named for one in _files_of(name)}
    return [found[url] for url in sorted(found)]


def _files_of(name: str) -> Iterator[ArchiveInput]:
    fs = optional("pyarrow.fs", extra="hunt")
    filesystem, path = filesystem_of(name)
    try:
        top = filesystem.get_file_info(path)
        if top.type == fs.FileType.NotFound:
            raise HuntError(f"{name} does not exist")
        below = [top] if top.is_file else filesystem.get_file_info(fs.FileSelector(path, recursive=True))
    except OSError as error:
        raise HuntError(f"{name} cannot be listed: {error}") from error
    scheme = name.partition("://")[0] + "://" if "://" in name else ""
    for file in below:
        inside = file.path.removeprefix(path)
        if file.is_file and not any(part.startswith((".", "_")) for part in inside.split("/")):
            yield ArchiveInput(url=scheme + file.path, size_bytes=file.size or 0, modified_ns=file.mtime_ns or 0)
