"""Set traps on the host this runs on, and print every report as a line of JSON; for the tests in namespaces.

Arguments: the method (`redirect` or `bind`), the TCP ports and the UDP ports.
"""

import asyncio
import json
import socket
import sys
import time

from scanwarden.daemon.listening_ports import listening_ports
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps import Manners, TrapPorts, TrapSensor, TrapTouch, choose_door


def say(report: dict[str, object]) -> None:
    sys.stdout.write(f"{json.dumps(report)}\n")
    sys.stdout.flush()


class Printer:
    """Print what traps report."""

    def touched(self, touch: TrapTouch) -> None:
        self._print("touched", touch)

    def heard(self, touch: TrapTouch, words: str) -> None:
        self._print("heard", touch, words=words)

    @staticmethod
    def _print(what: str, touch: TrapTouch, **more: str) -> None:
        who = {"source": str(touch.source), "target": str(touch.target), "protocol": touch.protocol}
        say({"what": what, "port": touch.port, "verified": touch.verified} | who | more)


def occupied() -> TrapPorts:
    return TrapPorts(listening_ports(), listening_ports(socket.IPPROTO_UDP))


async def main() -> None:
    method, tcp, udp = sys.argv[1:]
    sensor = TrapSensor(
        TrapPorts(Ports.parse(tcp), Ports.parse(udp)),
        door=choose_door(method),
        occupied=occupied,
        observer=Printer(),
        wall_ns=time.time_ns,
        manners=Manners(banner=b"go away\r\n", keep_bytes=32, wait_s=1.0),
    )
    await sensor.adjust()
    say({"what": "set"})
    await sensor.run()


if __name__ == "__main__":
    asyncio.run(main())
