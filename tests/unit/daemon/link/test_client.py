"""A part and the brain lose nothing of what is told when either of them is started again."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

from scanwarden.daemon.link.client import Link
from scanwarden.daemon.link.messages import HEAD, BanNotes, Counts, Hello, Leave, Message, Told, frame
from scanwarden.daemon.link.switchboard import MAX_UNSENT_BYTES, Switchboard
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp

LIVENESS_S = 60.0


def notice(number: int) -> Notice:
    return Notice(time=Timestamp(number), kind="test", text=str(number), sensor="live:eth0")


class Brain:
    """A listener that writes down what it hears."""

    def __init__(self, path: Path, *, uids: tuple[int, ...] = (os.getuid(),)) -> None:
        path.unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(path))
        self.socket.listen()
        self.board = Switchboard(self, uids=uids)
        self.heard: list[Message] = []
        self.present: list[str] = []
        self.arrivals = 0

    def arrived(self, hello: Hello) -> None:
        self.present.append(hello.part)
        self.arrivals += 1

    def take(self, part: str, message: Message) -> None:
        assert part in self.present
        self.heard.append(message)

    def left(self, part: str) -> None:
        self.present.remove(part)

    @property
    def told(self) -> list[str]:
        return [message.statement.text for message in self.heard if isinstance(message, Told)]  # type: ignore[union-attr]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIVENESS_S):
        while not is_so():  # noqa: ASYNC110 what is waited for has no event
            await asyncio.sleep(0.01)


def link_to(path: Path, received: list[Message] | None = None) -> Link:
    into: list[Message] = [] if received is None else received
    return Link(path, hello=lambda: Hello("sensor", interfaces=("eth0",)), receive=into.append)


async def ended(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_what_is_told_without_a_brain_arrives_in_order_once_there_is_one(tmp_path: Path) -> None:
    async def scenario() -> list[str]:
        link = link_to(tmp_path / "s")
        linking = asyncio.create_task(link.run())
        for number in range(100):
            link.tell(notice(number))
        brain = Brain(tmp_path / "s")
        serving = asyncio.create_task(brain.board.run(brain.socket))
        await until(lambda: len(brain.told) == 100)
        await ended(linking, serving)
        return brain.told

    assert asyncio.run(scenario()) == [str(number) for number in range(100)]


def test_a_brain_that_is_started_again_hears_what_the_last_one_did_not_take_in(tmp_path: Path) -> None:
    async def scenario() -> tuple[list[str], list[str]]:
        link = link_to(tmp_path / "s")
        link.report(Counts(packets=7, dropped=0, is_watching=True))
        linking = asyncio.create_task(link.run())
        first = Brain(tmp_path / "s")
        serving = asyncio.create_task(first.board.run(first.socket))
        link.tell(notice(1))
        await until(lambda: first.told == ["1"])
        await ended(serving)
        link.tell(notice(2))
        second = Brain(tmp_path / "s")
        serving = asyncio.create_task(second.board.run(second.socket))
        await until(lambda: "2" in second.told and any(isinstance(one, Counts) for one in second.heard))
        await ended(linking, serving)
        return first.told, second.told

    first, second = asyncio.run(scenario())
    assert first == ["1"]
    assert second[-1] == "2"


def test_the_brain_speaks_to_a_part_by_name(tmp_path: Path) -> None:
    async def scenario() -> list[Message]:
        received: list[Message] = []
        brain = Brain(tmp_path / "s")
        assert not brain.board.send("sensor", Leave())
        tasks = [
            asyncio.create_task(one) for one in (brain.board.run(brain.socket), link_to(tmp_path / "s", received).run())
        ]
        await until(lambda: brain.board.has("sensor"))
        assert brain.board.send("sensor", Leave())
        await until(lambda: bool(received))
        await ended(*tasks)
        return received

    assert asyncio.run(scenario()) == [Leave()]


def test_more_than_the_link_holds_is_said_over_one_connection(tmp_path: Path) -> None:
    piece = BanNotes(bytes(64 << 10))
    count = 2 * MAX_UNSENT_BYTES // len(piece.packed)

    async def scenario() -> tuple[bool, list[Message], int]:
        received: list[Message] = []
        brain = Brain(tmp_path / "s")
        serving, linking = (
            asyncio.create_task(one) for one in (brain.board.run(brain.socket), link_to(tmp_path / "s", received).run())
        )
        await until(lambda: brain.board.has("sensor"))
        went_well = await brain.board.send_all("sensor", [piece] * count)
        await until(lambda: len(received) == count)
        await ended(linking)
        went_on = await brain.board.send_all("sensor", [piece] * count)
        await ended(serving)
        return went_well and not went_on, received, brain.arrivals

    went_well, received, arrivals = asyncio.run(scenario())
    assert went_well
    assert received == [piece] * count
    assert arrivals == 1


def test_a_part_that_takes_nothing_in_is_no_error_when_the_brain_ends(tmp_path: Path) -> None:
    problems: list[object] = []

    async def scenario() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        brain = Brain(tmp_path / "s")
        serving = asyncio.create_task(brain.board.run(brain.socket))
        _, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        writer.write(frame(Hello("sensor")))
        await until(lambda: brain.board.has("sensor"))
        assert all(brain.board.send("sensor", BanNotes(bytes(64 << 10))) for _ in range(64))
        await ended(serving)
        writer.close()

    asyncio.run(scenario())
    assert problems == []


def test_strangers_and_nonsense_are_hung_up_on(tmp_path: Path) -> None:
    async def scenario(uids: tuple[int, ...], said: bytes) -> bytes:
        brain = Brain(tmp_path / "s", uids=uids)
        serving = asyncio.create_task(brain.board.run(brain.socket))
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        writer.write(said)
        async with asyncio.timeout(LIVENESS_S):
            answer = await reader.read()
        writer.close()
        assert not brain.present
        await ended(serving)
        return answer

    us = (os.getuid(),)
    assert asyncio.run(scenario((12345,), b"")) == b""
    for said in (b"\xff" * 64, HEAD.pack(2) + b"{}", HEAD.pack(30) + b'{"says":"hello","part":"root"}'):
        assert asyncio.run(scenario(us, said)) == b""
