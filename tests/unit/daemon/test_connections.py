"""Lines that the connection log lost are told of."""

from pathlib import Path

from scanwarden.config.sections.logs import ConnectionsSettings
from scanwarden.daemon.connections import loss_notice, losses
from scanwarden.sensors.connections import ConnectionSensor
from scanwarden.sinks.connection_log import ConnectionLog
from tests.unit.sinks.test_connection_log import attempt


def test_a_file_that_cannot_be_written_is_told_with_the_reason(tmp_path: Path) -> None:
    log = ConnectionLog(ConnectionsSettings(file=tmp_path / "missing" / "log"))
    sensor = ConnectionSensor(log.take, per_second=1, wall_ns=lambda: 1)
    assert losses(log, sensor) == {}
    log.take(attempt())
    notice = loss_notice(losses(log, sensor), log.last_error, 5)
    assert (notice.kind, notice.counts) == ("connection_log", {"failed": 1})
    assert notice.text.endswith("cannot be written: No such file or directory")
