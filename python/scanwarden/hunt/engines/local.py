"""Search with pyarrow in threads of this process: it reads and sorts one bucket at a time in each."""

import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from scanwarden.extras import optional
from scanwarden.hunt.detecting import PROBES_A_BATCH, detect
from scanwarden.hunt.engines.contract import Job, Progress
from scanwarden.hunt.engines.finding_file import write_findings
from scanwarden.hunt.probe_table import DETECTOR_COLUMNS


class LocalEngine:
    """Threads of this process; memory is that of as many buckets as there are processors."""

    name = "local"

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or len(os.sched_getaffinity(0))

    def run(self, job: Job, progress: Progress) -> list[Path]:
        """Search the buckets that are not done."""
        todo = job.todo
        done = len(job.buckets) - len(todo)
        with ThreadPoolExecutor(self._workers) as pool:
            running = {pool.submit(_search, job, bucket) for bucket in todo}
            try:
                while running:
                    finished, running = wait(running, return_when=FIRST_COMPLETED)
                    for one in finished:
                        one.result()
                    done += len(finished)
                    progress(done, len(job.buckets))
            finally:
                for one in running:
                    one.cancel()
        return [job.finding(bucket) for bucket in range(len(job.buckets))]


def _search(job: Job, bucket: int) -> None:
    pa, pq = optional("pyarrow", extra="hunt"), optional("pyarrow.parquet", extra="hunt")
    tables = [pq.read_table(path, columns=list(DETECTOR_COLUMNS), partitioning=None) for path in job.buckets[bucket]]
    batches = []
    if tables:
        table = pa.concat_tables(tables).sort_by([("source_order", "ascending"), ("time_ns", "ascending")])
        tables.clear()
        batches = table.to_batches(PROBES_A_BATCH)
    write_findings(job.finding(bucket), detect(batches, job.settings))
