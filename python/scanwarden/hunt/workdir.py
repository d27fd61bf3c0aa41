"""Keep the state of a hunt in its folder, so that one that was interrupted goes on where it stopped.

Every file appears under its name at once (written beside, then renamed), and what says "done" appears last:

    settings.json                         what the hunt was begun with
    done/KEY.json                         an input that is converted, with its counts
    probes/day=D/bucket=B/KEY-N.parquet   its probes
    found/GENERATION/bucket=B.parquet     what the detector found in one bucket of all inputs
    detections.parquet, detections.jsonl, report.html
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from scanwarden.hunt.errors import HuntError
from scanwarden.hunt.inputs import ArchiveInput

LAYOUT = 1
T = TypeVar("T")


class HuntSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What must stay the same over the runs of one hunt."""

    layout: int = LAYOUT
    buckets: int
    threshold_nats: float | None = None
    window_s: int = 86_400


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one input: its probes, or why it was left out."""

    url: str
    kind: str
    probes: int = 0
    files: int = 0
    refused_first_visits: int = 0
    failure: str | None = None


class WorkDir:
    """The folder of one hunt."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def probes(self) -> Path:
        """Give the folder of the table of probes."""
        return self.root / "probes"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one hunt at a time; raise HuntError if it cannot be used or another one runs."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HuntError(f"{self.root} cannot be used: {error.strerror}", remedy="name another --output") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as error:
            raise HuntError(f"another hunt works in {self.root}", remedy="wait for it, or name another --output") from (
                error
            )
        finally:
            os.close(descriptor)

    def settle(self, wanted: HuntSettings, *, chosen_buckets: bool) -> HuntSettings:
        """Give the settings the hunt was begun with, or begin it; raise HuntError where they contradict."""
        path = self.root / "settings.json"
        begun = _read(path, HuntSettings)
        if begun is None:
            self.write(path, msgspec.json.encode(wanted))
            return wanted
        if begun.layout != LAYOUT or (chosen_buckets and begun.buckets != wanted.buckets):
            raise HuntError(
                f"{self.root} was begun with {begun.buckets} buckets",
                remedy="name another --output or keep that number",
            )
        current = msgspec.structs.replace(wanted, buckets=begun.buckets)
        if current != begun:
            self.write(path, msgspec.json.encode(current))
        return current

    def converted(self, one: ArchiveInput) -> Converted | None:
        """Say what came of an input; None if that is still to be done."""
        return _read(self.root / "done" / f"{one.key}.json", Converted)

    def note_converted(self, one: ArchiveInput, converted: Converted) -> None:
        """Note that an input is done."""
        self.write(self.root / "done" / f"{one.key}.json", msgspec.json.encode(converted))

    def probe_file(self, one: ArchiveInput, *, day: str, bucket: int, number: int) -> Path:
        """Name one file of an input's probes."""
        return self.probes / f"day={day}" / f"bucket={bucket:04d}" / f"{one.key}-{number}.parquet"

    def discard(self, one: ArchiveInput) -> None:
        """Remove what an interrupted conversion of an input left."""
        for path in self.probes.glob(f"day=*/bucket=*/{one.key}-*"):
            path.unlink()

    def bucket_files(self, bucket: int, keys: frozenset[str]) -> list[Path]:
        """List the files of one bucket that belong to these inputs."""
        files = self.probes.glob(f"day=*/bucket={bucket:04d}/*.parquet")
        return sorted(path for path in files if path.name.partition("-")[0] in keys)

    def found(self, generation: str) -> Path:
        """Name the folder of what was found in one set of inputs."""
        return self.root / "found" / generation

    def write(self, path: Path, content: bytes) -> None:
        """Write a file so that it appears whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        beside.write_bytes(content)
        beside.replace(path)


def generation_of(settings: HuntSettings, keys: frozenset[str]) -> str:
    """Name a set of inputs searched with some settings: with other ones, what was found before says nothing."""
    what = msgspec.json.encode(settings) + "\0".join(sorted(keys)).encode()
    return hashlib.blake2b(what, digest_size=8).hexdigest()


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise HuntError(f"{path} cannot be read: {error}", remedy="remove it, or name another --output") from error
