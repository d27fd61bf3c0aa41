"""Traps give way to services, come back, and report on loopback what they report in a network."""

import asyncio
import socket

import pytest

from scanwarden import hostcmd
from scanwarden.errors import SensorError
from scanwarden.hostcmd import CommandNotFoundError
from scanwarden.model.address import Address
from scanwarden.model.ports import Ports
from scanwarden.sensors.traps.bind import BindDoor
from scanwarden.sensors.traps.door import Asked
from scanwarden.sensors.traps.ports import TrapPorts
from scanwarden.sensors.traps.reception import MAX_CONVERSATIONS, Manners
from scanwarden.sensors.traps.sensor import TrapSensor, choose_door
from scanwarden.sensors.traps.touch import TrapTouch

WANTED = TrapPorts(Ports([79, 111]), Ports([69]))


class Reports:
    """Keep what traps report."""

    def __init__(self) -> None:
        self.touches: list[TrapTouch] = []
        self.words: list[str] = []
        self._news = asyncio.Event()

    async def wait_for(self, *, touches: int = 0, words: int = 0) -> None:
        async with asyncio.timeout(60):
            while len(self.touches) < touches or len(self.words) < words:
                self._news.clear()
                await self._news.wait()

    def touched(self, touch: TrapTouch) -> None:
        self.touches.append(touch)
        self._news.set()

    def heard(self, touch: TrapTouch, words: str) -> None:
        assert touch in self.touches
        self.words.append(words)
        self._news.set()


class PaperDoor:
    """A door that leads nothing and remembers what it was asked for."""

    name = "paper"
    gives_way = True

    def __init__(self) -> None:
        self.asked: list[TrapPorts] = []
        self.is_closed = False

    async def lead(self, ports: TrapPorts) -> TrapPorts:
        self.asked.append(ports)
        return ports

    def listeners(self) -> list[socket.socket]:
        return []

    def asked_of_connection(self, connection: socket.socket) -> Asked | None:  # noqa: ARG002 a door's signature
        return None

    def asked_of_datagram(self, listener: socket.socket, local: Address, source: Asked) -> Asked | None:  # noqa: ARG002
        return None

    async def close(self) -> None:
        self.is_closed = True


def test_a_trap_leaves_the_port_of_a_service_and_comes_back() -> None:
    services = [TrapPorts(), TrapPorts(Ports([79])), TrapPorts(Ports([79])), TrapPorts()]
    door = PaperDoor()

    async def run() -> None:
        sensor = TrapSensor(WANTED, door=door, occupied=lambda: services.pop(0), observer=Reports(), wall_ns=lambda: 1)
        for _ in range(4):
            await sensor.adjust()
        assert sensor.ports_set == WANTED

    asyncio.run(run())
    assert [str(ports.tcp) for ports in door.asked] == ["79,111", "111", "79,111"]


def test_cancelling_closes_the_door() -> None:
    door = PaperDoor()

    async def run() -> None:
        sensor = TrapSensor(WANTED, door=door, occupied=TrapPorts, observer=Reports(), wall_ns=lambda: 1)
        running = asyncio.create_task(sensor.run())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
    assert door.is_closed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def bound(ports: TrapPorts, observer: Reports, manners: Manners) -> TrapSensor:
    return TrapSensor(
        ports, door=BindDoor(), occupied=TrapPorts, observer=observer, wall_ns=lambda: 42, manners=manners
    )


def test_a_connection_is_reported_at_once_and_its_words_when_it_ends() -> None:
    port, reports = free_port(), Reports()

    async def run() -> bytes:
        sensor = bound(TrapPorts(Ports([port])), reports, Manners(banner=b"no\n", keep_bytes=4, wait_s=5))
        running = asyncio.create_task(sensor.run())
        await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.readexactly(3) == b"no\n"
        assert [touch.port for touch in reports.touches] == [port]
        writer.write(b"hello there")
        await writer.drain()
        try:
            rest = await reader.read()
        except ConnectionResetError:  # what was not read makes the kernel reset
            rest = b""
        writer.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return rest

    assert asyncio.run(run()) == b""
    assert reports.words == ["hell"]
    (touch,) = reports.touches
    assert (str(touch.source), str(touch.target), touch.verified, touch.time_ns) == ("127.0.0.1", "127.0.0.1", True, 42)


def test_a_silent_source_is_sent_away() -> None:
    port, reports = free_port(), Reports()

    async def run() -> None:
        sensor = bound(TrapPorts(Ports([port])), reports, Manners(wait_s=0.05))
        running = asyncio.create_task(sensor.run())
        await asyncio.sleep(0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b""
        writer.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
    assert (len(reports.touches), reports.words) == (1, [])


def test_many_connections_are_all_reported_and_few_are_kept() -> None:
    port, reports = free_port(), Reports()
    count = MAX_CONVERSATIONS + 20

    async def run() -> dict[str, int]:
        sensor = bound(TrapPorts(Ports([port])), reports, Manners(wait_s=30))
        running = asyncio.create_task(sensor.run())
        await asyncio.sleep(0)
        opened = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(count)]
        await reports.wait_for(touches=count)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for writer in opened:
            writer.close()
        return sensor.counters

    assert asyncio.run(run()) == {"connections": count, "datagrams": 0, "not_led_here": 0, "cut_off": 20}


def test_a_datagram_is_reported_as_unproved() -> None:
    port, reports = free_port(), Reports()

    async def run() -> None:
        sensor = bound(TrapPorts(udp=Ports([port])), reports, Manners())
        running = asyncio.create_task(sensor.run())
        await asyncio.sleep(0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"ping\x00", ("127.0.0.1", port))
        await reports.wait_for(words=1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())
    assert reports.words == ["ping\\x00"]
    assert [(touch.protocol, touch.verified) for touch in reports.touches] == [("udp", False)]


def test_a_port_in_use_is_no_trap_when_ports_are_bound() -> None:
    async def run(port: int) -> TrapPorts:
        door = BindDoor()
        led = await door.lead(TrapPorts(Ports([port])))
        await door.close()
        return led

    with socket.socket(socket.AF_INET6) as service:
        service.bind(("::", 0))
        service.listen()
        assert asyncio.run(run(service.getsockname()[1])) == TrapPorts()


def test_the_method_chooses_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(program: str) -> str:
        raise CommandNotFoundError(program, ())

    assert choose_door("bind").name == "bind"
    monkeypatch.setattr(hostcmd, "find", str)
    assert [choose_door(method).name for method in ("auto", "redirect")] == ["redirect", "redirect"]
    monkeypatch.setattr(hostcmd, "find", missing)
    assert choose_door("auto").name == "bind"
    with pytest.raises(SensorError, match="traps cannot be set by nftables"):
        choose_door("redirect")
