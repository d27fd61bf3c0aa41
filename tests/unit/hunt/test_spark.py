"""Spark, with two workers on this machine, finds what the other engines find."""

import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scanwarden.hunt.engines.local import LocalEngine
from scanwarden.hunt.engines.spark import SparkEngine
from scanwarden.hunt.hunting import HuntOptions, hunt
from tests.flowrows import flow_chunks, scanners

ROWS = int(os.environ.get("SCANWARDEN_HUNT_ROWS", "50000"))


@pytest.mark.slow
# Spark's own: it warns of sockets that it leaves to the collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_spark_finds_what_the_local_engine_finds(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="needs Spark: make spark")
    if shutil.which("java") is None:
        pytest.skip("needs Java: make setup installs it")
    flows = tmp_path / "flows"
    flows.mkdir()
    for number, chunk in enumerate(flow_chunks(ROWS)):
        pq.write_table(chunk, flows / f"{number:04d}.parquet")
    options = HuntOptions(output=tmp_path / "hunt", buckets=2 if ROWS < 1_000_000 else None)
    found = []
    for engine in (LocalEngine(), SparkEngine()):
        totals = hunt([str(flows)], options, engine=engine, progress=lambda *_: None)
        found.append((tmp_path / "hunt" / "detections.jsonl").read_bytes())
        rate = ROWS / totals.detect_s
        print(f"\n{engine.name}: searched in {totals.detect_s:.1f} s, start included: {rate:,.0f} rows/s")  # noqa: T201
    assert found[0] == found[1]
    assert found[0].count(b"\n") == len(scanners(ROWS))
