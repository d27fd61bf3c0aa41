"""Write the connection log of the host this runs on, until interrupted; for the tests in namespaces.

Arguments: the file, the most lines a second, a TCP port to ignore.
"""

import asyncio
import sys
import time
from pathlib import Path

from scanwarden.config.sections.logs import ConnectionRule, ConnectionsSettings
from scanwarden.model.ports import Ports
from scanwarden.sensors.connections import ConnectionSensor
from scanwarden.sinks.connection_log import ConnectionLog


async def main() -> None:
    file, per_second, ignored = sys.argv[1:]
    rule = ConnectionRule(protocol="tcp", target_ports=Ports.parse(ignored))
    log = ConnectionLog(ConnectionsSettings(file=Path(file), per_second=int(per_second), ignore=(rule,)))
    sensor = ConnectionSensor(log.take, per_second=int(per_second), wall_ns=time.time_ns)
    try:
        await sensor.run()
    finally:
        log.close()


if __name__ == "__main__":
    asyncio.run(main())
