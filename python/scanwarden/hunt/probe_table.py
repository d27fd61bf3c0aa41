"""Write probes as Parquet, divided by day and by bucket of source."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scanwarden.extras import optional
from scanwarden.model.time import NS_PER_S

ROWS_HELD = 2_000_000  # about 200 MB; fewer, larger files
NS_PER_DAY = 86_400 * NS_PER_S
NETWORK_BITS = 32  # the low half of `source_order` tells sources of one network apart
# What the detector reads; the file also says which input a probe came from.
DETECTOR_COLUMNS = (
    "time_ns",
    "source_order",
    "source",
    "target",
    "class",
    "detail",
    "port",
    "source_port",
    "outcome",
    "make",
    "packets",
)

NameFile = Callable[[str, int, int], Path]


class ProbeWriter:
    """Collect probes of one input and write them in files sorted by source and time.

    `name_file` names a file by day, bucket and a running number. Probes of one network of sources share a bucket.
    """

    def __init__(self, name_file: NameFile, *, buckets: int, sensor: str) -> None:
        self._pa = optional("pyarrow", extra="hunt")
        self._name_file = name_file
        self._buckets = buckets
        self._sensor = sensor
        self._held: list[Any] = []
        self._held_rows = 0
        self.rows = 0
        self.files = 0

    def add(self, batch: object) -> None:
        """Take in a batch of normal probes."""
        table = self._pa.table(self._pa.record_batch(batch))
        if table.num_rows:
            self._held.append(table)
            self._held_rows += table.num_rows
            self.rows += table.num_rows
        if self._held_rows >= ROWS_HELD:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        pc = optional("pyarrow.compute", extra="hunt")
        table = self._pa.concat_tables(self._held)
        self._held, self._held_rows = [], 0
        day = pc.divide(table["time_ns"], NS_PER_DAY)
        network = pc.shift_right(table["source_order"], NETWORK_BITS)
        bucket = pc.bit_wise_and(network, self._buckets - 1)
        part = pc.add(pc.multiply(day, self._buckets), bucket)
        table = table.append_column("part", part).sort_by(
            [("part", "ascending"), ("source_order", "ascending"), ("time_ns", "ascending")]
        )
        runs = pc.run_end_encode(table["part"].combine_chunks())
        begin = 0
        for number, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            self._write(table.slice(begin, end - begin).drop_columns("part"), number)
            begin = end

    def _write(self, table: Any, part: int) -> None:  # noqa: ANN401 pyarrow has no types
        pq = optional("pyarrow.parquet", extra="hunt")
        days, bucket = divmod(part, self._buckets)
        path = self._name_file(f"{datetime.fromtimestamp(days * 86_400, UTC):%Y-%m-%d}", bucket, self.files)
        self.files += 1
        sensor = self._pa.DictionaryArray.from_arrays(self._pa.array([0] * table.num_rows, "int32"), [self._sensor])
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        pq.write_table(table.append_column("sensor", sensor), beside, compression="zstd")
        beside.replace(path)
