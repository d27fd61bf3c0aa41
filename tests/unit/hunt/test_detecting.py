"""The detector takes and gives Arrow tables, and says of rows what it says of the same probes one by one."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanwarden._core import _native
from scanwarden.hunt.detecting import DetectSettings, detect
from tests.captures import capture, refused
from tests.loglines import dropped

START_NS = 1_760_000_000_000_000_000
TARGET = "192.0.2.10"


def table(rows: list[tuple[int, str, int, int]], **more: Any) -> Any:
    """Make a table as a user would: seconds, source, port and outcome of TCP SYNs."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    count = len(rows)
    return pa.table(
        {
            "time_ns": pa.array([START_NS + second * 10**9 for second in columns[0]], pa.int64()),
            "source": pa.array(columns[1], pa.string()),
            "target": pa.array([TARGET] * count, pa.string()),
            "protocol": pa.array([6] * count, pa.int16()),
            "port": pa.array(columns[2], pa.int32()),
            "outcome": pa.array(columns[3], pa.int8()),
            **more,
        }
    )


def normal(rows: Any) -> Any:
    """Give the table as archives keep it, sorted as engines sort it."""
    batch = pa.table(pa.record_batch(_native.normal_probes(rows)))
    return batch.sort_by([("source_order", "ascending"), ("time_ns", "ascending")])


def records(rows: Any) -> list[str]:
    found = detect(normal(rows).to_batches(), DetectSettings(only_closed=False))
    return [text for one in found for text in pa.table(pa.record_batch(one))["record"].drop_null().to_pylist()]


def streamed(rows: Any) -> list[str]:
    detector = _native.Detector(b'{"sensor": "hunt"}')
    detector.observe_probes(pa.record_batch(_native.normal_probes(rows)))
    detector.finish()
    return [event.decode() for event in detector.take_events()]


probe_rows = st.lists(
    st.tuples(st.integers(0, 300_000), st.just("203.0.113.5"), st.integers(0, 40), st.sampled_from([0, 1, 2, 3, 4])),
    max_size=60,
    # Of rows with one time the archive settles the order, the stream takes them as they come.
    unique_by=lambda row: row[0],
)


@settings(max_examples=25)
@given(probe_rows)
def test_one_source_gives_what_the_stream_gives(rows: list[tuple[int, str, int, int]]) -> None:
    probes = table(sorted(rows))
    assert records(probes) == streamed(probes)


def test_many_sources_give_what_each_gives_by_itself() -> None:
    rows = [(second, f"198.51.{n}.7", n * 10 + second, 2) for n in range(20) for second in range(n)]
    apart = [
        record for n in range(20) for record in streamed(table([row for row in rows if row[1] == f"198.51.{n}.7"]))
    ]
    assert len(apart) > 20
    assert sorted(records(table(rows))) == sorted(apart)


def test_a_log_read_into_rows_gives_what_replaying_it_gives(tmp_path: Path) -> None:
    path = tmp_path / "kern.log"
    path.write_text("".join(dropped(port, at_s=port) for port in range(1, 30)))
    replayed = _native.Detector(b'{"sensor": "hunt"}')
    log = _native.open_file(path)
    assert isinstance(log, _native.LogFile)
    assert not log.replay(replayed, 1 << 20)
    replayed.finish()
    again = _native.open_file(path)
    assert isinstance(again, _native.LogFile)
    batch, has_more = again.read_probes(1 << 20)
    assert (len(batch), has_more) == (29, False)
    assert records(pa.record_batch(batch)) == [event.decode() for event in replayed.take_events()]


def test_a_capture_leaves_its_contacts_with_their_outcomes(tmp_path: Path) -> None:
    detector = _native.Detector(b'{"home": ["192.0.2.10"], "sightings": 1000, "sightings_harmless": true}')
    opened = _native.open_file(capture(tmp_path / "scan.pcap", refused(range(1, 101))))
    assert isinstance(opened, _native.CaptureFile)
    opened.replay(detector, 1000)
    rows = pa.table(pa.record_batch(detector.take_probes(1000)))
    assert sorted(rows["port"].to_pylist()) == list(range(1, 101))
    assert set(rows["outcome"].to_pylist()) == {2}
    assert len(detector.take_probes(1000)) == 0


def test_any_type_of_column_is_read(tmp_path: Path) -> None:
    rows = [(second, "203.0.113.5", second, 2) for second in range(10)]
    expected = records(table(rows))
    packed = pa.array([bytes([203, 0, 113, 5])] * 10, pa.binary(4))
    assert records(table(rows, source=packed)) == expected
    time = pa.array([START_NS // 1000 + second * 10**6 for second in range(10)], pa.timestamp("us", "UTC"))
    assert records(table(rows, time_ns=time)) == expected
    pq.write_table(table(rows), tmp_path / "rows.parquet")
    assert records(pq.read_table(tmp_path / "rows.parquet")) == expected


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.drop_columns("source"), "needs the column source"),
        (lambda rows: rows.drop_columns("protocol"), "needs the column class, or protocol"),
        (lambda rows: rows.set_column(4, "port", pa.array(["x"])), "column port: Utf8 is neither a whole number"),
        (lambda rows: rows.set_column(1, "source", pa.array([1.5])), "column source: Float64 holds no addresses"),
    ],
)
def test_a_wrong_table_is_named(change: Any, told: str) -> None:
    with pytest.raises(_native.NativeError, match=told):
        _native.normal_probes(change(table([(0, "203.0.113.5", 1, 2)])))


def test_rows_that_are_no_probes_are_left_out() -> None:
    rows = [(0, "203.0.113.5", 1, 2), (0, "not an address", 1, 2), (0, "203.0.113.5", 70_000, 2)]
    assert len(_native.normal_probes(table(rows))) == 1
    answers = table([(0, "203.0.113.5", 1, 2)], flags=pa.array([0x12], pa.int16()))
    assert len(_native.normal_probes(answers)) == 0


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises((TypeError, ValueError)):
        _native.normal_probes("rows")  # type: ignore[arg-type]


def test_packed_rows_are_unpacked_as_they_were() -> None:
    rows = pa.record_batch(_native.normal_probes(table([(n, f"198.51.{n}.7", n, n % 5) for n in range(50)])))
    parts = _native.pack_probes(rows, 16)
    assert len(parts) > 4
    back = pa.concat_tables([pa.table(pa.record_batch(_native.unpack_probes(packed))) for _, packed in parts])
    assert back.sort_by("time_ns").to_pylist() == pa.table(rows).sort_by("time_ns").to_pylist()


def test_detections_become_columns() -> None:
    closed = [record for record in records(table([(n, "203.0.113.5", n, 2) for n in range(10)])) if "closed" in record]
    columns = pa.table(pa.record_batch(_native.detection_batch([closed[-1].encode()])))
    told = json.loads(closed[-1])
    row = columns.to_pylist()[0]
    assert (row["source"], row["probes"], row["techniques"]) == ("203.0.113.5", 10, "tcp_syn")
    assert json.loads(row["record"]) == told
