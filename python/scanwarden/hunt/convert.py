"""Turn one input, whatever it is, into probes."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from scanwarden._core import _native
from scanwarden.errors import ScanwardenError
from scanwarden.extras import optional
from scanwarden.hunt.inputs import ArchiveInput, filesystem_of
from scanwarden.hunt.probe_table import ProbeWriter
from scanwarden.hunt.workdir import Converted, WorkDir
from scanwarden.model.address import Prefix
from scanwarden.sensors.log_reading import LogReading

PACKETS_A_TURN = 200_000
LOG_BYTES_A_TURN = 16 << 20
PARQUET_ROWS_A_TURN = 262_144
COPY_BYTES = 8 << 20
TABLE_BYTES = 128 << 20  # sources of a capture at a time; what finds no place is counted
SIGHTINGS = 4 * PACKETS_A_TURN  # what one turn can settle at most, with room
PACKETS_TO_INFER_HOME = 100_000

Progress = Callable[[int], None]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How inputs are read; an empty `home` is inferred from each capture."""

    buckets: int
    logs: LogReading
    home: tuple[Prefix, ...]


def convert(one: ArchiveInput, work: WorkDir, reading: Reading, progress: Progress) -> Converted:
    """Write the probes of an input to the table and note that it is done; a bad file is noted with the reason."""
    work.discard(one)

    def name_file(day: str, bucket: int, number: int) -> Path:
        return work.probe_file(one, day=day, bucket=bucket, number=number)

    writer = ProbeWriter(name_file, buckets=reading.buckets, sensor=one.url)
    kind, refused, failure = "unknown", 0, None
    wrong = optional("pyarrow", extra="hunt").ArrowException
    try:
        if one.is_parquet:
            kind = "parquet"
            _read_parquet(one, writer, progress)
        else:
            with _local_copy(one, work.root) as path:
                kind, refused = _read_file(path, one.url, writer, reading, progress)
    except (ScanwardenError, _native.NativeError, OSError, wrong) as error:
        failure = str(error).partition("\n")[0]
        failure = failure if one.url in failure else f"{one.url}: {failure}"
    writer.flush()  # what came before damage counts
    done = Converted(
        url=one.url, kind=kind, probes=writer.rows, files=writer.files, refused_first_visits=refused, failure=failure
    )
    work.note_converted(one, done)
    return done


def _read_file(path: Path, name: str, writer: ProbeWriter, reading: Reading, progress: Progress) -> tuple[str, int]:
    opened = _native.open_file(path, name, reading.logs.as_json(sensor=f"hunt:{name}"))
    if isinstance(opened, _native.LogFile):
        has_more = True
        while has_more:
            batch, has_more = opened.read_probes(LOG_BYTES_A_TURN)
            writer.add(batch)
            progress(opened.progress()[0])
        return opened.format(), 0
    return "capture", _read_capture(opened, writer, reading.home, progress)


def _read_capture(
    capture: _native.CaptureFile, writer: ProbeWriter, home: tuple[Prefix, ...], progress: Progress
) -> int:
    """Observe packets and take the contacts whose outcome is settled; return how many sources found no place."""
    ours = [str(one) for one in home] or capture.infer_home(PACKETS_TO_INFER_HOME)
    settings = {
        "home": ours,
        "home_inferred": not home,
        "memory_bytes": TABLE_BYTES,
        "sightings": SIGHTINGS,
        "sightings_harmless": True,
    }
    detector = _native.Detector(msgspec.json.encode(settings))
    has_more = True
    try:
        while has_more:
            has_more = capture.replay(detector, PACKETS_A_TURN)
            writer.add(detector.take_probes(SIGHTINGS))
            detector.take_events()
            progress(capture.progress()[0])
    finally:
        detector.finish()
        writer.add(detector.take_probes(SIGHTINGS))
    return detector.counters()["evictions.visits_refused"]


def _read_parquet(one: ArchiveInput, writer: ProbeWriter, progress: Progress) -> None:
    pq = optional("pyarrow.parquet", extra="hunt")
    filesystem, path = filesystem_of(one.url)
    with pq.ParquetFile(path, filesystem=filesystem) as file:
        rows = max(1, file.metadata.num_rows)
        read = 0
        for batch in file.iter_batches(PARQUET_ROWS_A_TURN):
            writer.add(_native.normal_probes(batch))
            read += batch.num_rows
            progress(one.size_bytes * read // rows)


@contextmanager
def _local_copy(one: ArchiveInput, root: Path) -> Iterator[Path]:
    """Give the input as a local file; one of an object store is copied for as long as it is read."""
    if one.is_local:
        yield Path(one.url)
        return
    filesystem, path = filesystem_of(one.url)
    # The end of the name tells compression apart.
    with tempfile.NamedTemporaryFile(dir=root, prefix=".copy-", suffix=Path(path).suffix) as copy:
        source: Any
        with filesystem.open_input_stream(path, compression=None) as source:
            while chunk := source.read(COPY_BYTES):
                copy.write(chunk)
        copy.flush()
        yield Path(copy.name)
