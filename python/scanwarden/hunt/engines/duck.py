"""Search with DuckDB: it reads and sorts with all processors, within its own memory, and spills to disk."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scanwarden.extras import optional
from scanwarden.hunt.detecting import PROBES_A_BATCH, detect
from scanwarden.hunt.engines.contract import Job, Progress
from scanwarden.hunt.engines.finding_file import write_findings
from scanwarden.hunt.errors import HuntError
from scanwarden.hunt.probe_table import DETECTOR_COLUMNS

MEMORY = "2GB"  # beyond, it sorts on disk


class DuckEngine:
    """One DuckDB, a bucket at a time."""

    name = "duckdb"

    def __init__(self, memory: str = MEMORY) -> None:
        self._memory = memory

    def run(self, job: Job, progress: Progress) -> list[Path]:
        """Search the buckets that are not done."""
        duckdb = optional("duckdb", extra="hunt")
        job.found.mkdir(parents=True, exist_ok=True)
        settings = {"memory_limit": self._memory, "temp_directory": str(job.found / ".spill")}
        with duckdb.connect(":memory:", config=settings) as connection:
            # What is sorted by two columns needs no order of input.
            connection.execute("SET preserve_insertion_order = false")
            for done, bucket in enumerate(todo := job.todo, start=len(job.buckets) - len(job.todo) + 1):
                try:
                    batches = _sorted(connection, job.buckets[bucket])
                    write_findings(job.finding(bucket), detect(batches, job.settings))
                except duckdb.Error as error:
                    raise HuntError(f"DuckDB cannot search bucket {bucket} of {len(todo)}: {error}") from error
                progress(done, len(job.buckets))
        return [job.finding(bucket) for bucket in range(len(job.buckets))]


def _sorted(connection: Any, files: tuple[Path, ...]) -> Iterable[Any]:  # noqa: ANN401 duckdb has no types
    if not files:
        return []
    columns = ", ".join(f'"{name}"' for name in DETECTOR_COLUMNS)
    query = f"SELECT {columns} FROM read_parquet(?, hive_partitioning = false) ORDER BY source_order, time_ns"  # noqa: S608 names of our own columns
    reader: Iterable[Any] = connection.sql(query, params=[[str(path) for path in files]]).to_arrow_reader(
        PROBES_A_BATCH
    )
    return reader
