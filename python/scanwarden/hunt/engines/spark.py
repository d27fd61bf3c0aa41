"""Search with Spark, here with two workers or on a cluster: the same function, `detect`, in `mapInArrow`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanwarden.extras import optional
from scanwarden.hunt.detecting import PROBES_A_BATCH, DetectSettings, detect
from scanwarden.hunt.engines.contract import Job, Progress
from scanwarden.hunt.errors import HuntError
from scanwarden.hunt.probe_table import DETECTOR_COLUMNS, NETWORK_BITS

SCHEMA = "record string, sum binary"
LOCAL_MASTER = "local[2]"
LOCAL_MEMORY = "2g"  # of Spark itself; beyond, it sorts on disk
PARTITIONS_A_CORE = 4


class SparkEngine:
    """A Spark session: the one that runs already (spark-submit), or a local one with two workers."""

    name = "spark"

    def __init__(self, session: Any | None = None) -> None:  # noqa: ANN401 pyspark is optional
        self._session = session

    def run(self, job: Job, progress: Progress) -> list[Path]:
        """Search all buckets as one job; what an interrupted one left is done again."""
        found = job.found / "spark"
        if not (found / "_SUCCESS").exists():
            sql = optional("pyspark.sql", extra="spark")
            files = [str(path.absolute()) for bucket in job.buckets for path in bucket]
            session = self._session or local_session()
            try:
                if files:
                    write_found(session.read.parquet(*files), str(found.absolute()), job.settings)
            except Exception as error:
                # Only Spark's own errors are ours to explain; its base class is known at run time only.
                if isinstance(error, optional("pyspark.errors", extra="spark").PySparkException):
                    raise HuntError(f"Spark cannot search: {str(error).splitlines()[0]}") from error
                raise
            finally:
                if self._session is None:
                    session.stop()
            del sql
        progress(len(job.buckets), len(job.buckets))
        return sorted(found.glob("part-*.parquet"))


def write_found(probes: Any, url: str, settings: DetectSettings) -> None:  # noqa: ANN401 a pyspark DataFrame
    """Search a table of probes with Spark and write what is found, in the columns of `detect`, as Parquet to `url`.

    This is what the submit script calls on a cluster.
    """
    functions = optional("pyspark.sql.functions", extra="spark")
    session = probes.sparkSession
    parallel = session.sparkContext.defaultParallelism * PARTITIONS_A_CORE
    # As many as the input has splits of 128 MB: a partition is sorted in memory, where it fits.
    partitions = max(parallel, probes.rdd.getNumPartitions())

    def search(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa  # noqa: PLC0415 on the worker

        for found in detect(batches, settings):
            yield pa.record_batch(found)

    by_network = functions.shiftright(functions.col("source_order"), NETWORK_BITS)
    (
        probes.select(*DETECTOR_COLUMNS)
        .repartition(partitions, by_network)
        .sortWithinPartitions("source_order", "time_ns")
        .mapInArrow(search, SCHEMA)
        .write.mode("overwrite")
        .parquet(url)
    )


def local_session(master: str = LOCAL_MASTER) -> Any:  # noqa: ANN401 a SparkSession
    """Start Spark on this machine with two workers; raise HuntError when Java is missing."""
    sql = optional("pyspark.sql", extra="spark")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = sql.SparkSession.builder.master(master).appName("scanwarden hunt")
    for name, value in local_settings().items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        if isinstance(error, optional("pyspark.errors", extra="spark").PySparkException):
            raise HuntError(
                "Spark does not start", remedy="install Java 17 or later (openjdk-17-jre-headless)"
            ) from error
        raise
    session.sparkContext.setLogLevel("ERROR")
    return session


def local_settings() -> dict[str, str]:
    """Give the settings that matter: larger batches for Python, and no page served to the network."""
    return {
        "spark.driver.memory": LOCAL_MEMORY,
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(PROBES_A_BATCH),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.files.ignoreMissingFiles": "false",
        "spark.sql.session.timeZone": "UTC",
    }
