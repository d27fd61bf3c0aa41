"""Say what an engine is given and what it owes."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from scanwarden.hunt.detecting import DetectSettings


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One search: the files of each bucket of probes, and the folder for what is found."""

    buckets: tuple[tuple[Path, ...], ...]
    found: Path
    settings: DetectSettings

    def finding(self, bucket: int) -> Path:
        """Name the file of what was found in one bucket; it is there when the bucket is done."""
        return self.found / f"bucket={bucket:04d}.parquet"

    @property
    def todo(self) -> list[int]:
        """List the buckets that are not done."""
        return [bucket for bucket in range(len(self.buckets)) if not self.finding(bucket).exists()]


Progress = Callable[[int, int], None]


class Engine(Protocol):
    """Something that can run a job. `name` is what users call it."""

    name: str

    def run(self, job: Job, progress: Progress) -> list[Path]:
        """Do what is left of the job and give the files of all findings; `progress` hears of done and all buckets."""
