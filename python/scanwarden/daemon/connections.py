"""Keep the connection log beside a watch."""

import asyncio
import time
from collections.abc import Callable, Mapping

from scanwarden.config.sections.logs import ConnectionsSettings
from scanwarden.model.notice import Notice
from scanwarden.model.records import Record
from scanwarden.model.time import Timestamp
from scanwarden.sensors.connections import ConnectionSensor
from scanwarden.sinks.connection_log import ConnectionLog

NOTICE_EVERY_S = 60.0


async def keep_connection_log(settings: ConnectionsSettings, tell: Callable[[Record], None]) -> None:
    """Write new connections down until cancelled; tell once a minute if lines were lost. Raises SensorError."""
    log = ConnectionLog(settings)
    sensor = ConnectionSensor(log.take, per_second=settings.per_second, wall_ns=time.time_ns)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_tell_losses(log, sensor, tell))
            await sensor.run()
    finally:
        log.close()


def losses(log: ConnectionLog, sensor: ConnectionSensor) -> dict[str, int]:
    """Count what should have been written and was not, by name."""
    counts = {
        "failed": log.counters["failed"],
        "lost": sensor.counters["lost"],
        "left_out": sensor.counters["left_out"],
    }
    return {name: count for name, count in counts.items() if count}


def loss_notice(counts: Mapping[str, int], last_error: str | None, time_ns: int) -> Notice:
    """Say what was lost, and why if that is known."""
    reason = f": {last_error}" if last_error else ""
    return Notice(
        time=Timestamp(time_ns),
        kind="connection_log",
        text=f"the connection log is not complete{reason}",
        counts=dict(counts),
        sensor="connections",
    )


async def _tell_losses(log: ConnectionLog, sensor: ConnectionSensor, tell: Callable[[Record], None]) -> None:
    told: dict[str, int] = {}
    while True:
        await asyncio.sleep(NOTICE_EVERY_S)
        if (found := losses(log, sensor)) != told:
            told = found
            tell(loss_notice(found, log.last_error, time.time_ns()))
