"""Write what was found in a bucket so that the file is whole or not there."""

from collections.abc import Iterable
from pathlib import Path

from scanwarden._core import _native
from scanwarden.extras import optional


def write_findings(path: Path, found: Iterable[_native.ArrowBatch]) -> None:
    """Write the tables that `detect` yields as one Parquet file."""
    pa, pq = optional("pyarrow", extra="hunt"), optional("pyarrow.parquet", extra="hunt")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    schema = pa.schema([("record", pa.string()), ("sum", pa.binary())])
    with pq.ParquetWriter(beside, schema, compression="zstd") as writer:
        for one in found:
            writer.write_batch(pa.record_batch(one))
    beside.replace(path)
