"""Touches cross from the outpost to the detector, also when either side was away for a while."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scanwarden.daemon import privileges
from scanwarden.daemon.outpost.feed import OutpostFeed
from scanwarden.daemon.outpost.reporting import MAX_WAITING, Reporter
from scanwarden.daemon.part_socket import part_socket
from scanwarden.model.notice import Notice
from scanwarden.model.time import Timestamp
from tests.unit.daemon.test_traps import Feed, touch

LIMIT_S = 30.0
ME = (os.getuid(),)


async def until(condition: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not condition():  # noqa: ASYNC110 what is waited for has no event
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), LIMIT_S)


def ended(*tasks: "asyncio.Task[None]") -> Any:  # noqa: ANN401 what gather gives
    for task in tasks:
        task.cancel()
    return asyncio.gather(*tasks, return_exceptions=True)


def test_what_is_reported_reaches_the_detector(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "outpost" / "outpost.sock"
        core, feed, fed = Feed(), OutpostFeed(path, weight=9.0), list[int]()
        with part_socket(path, privileges.Account()) as listener:
            assert path.stat().st_mode & 0o777 == 0o600
            reporter = Reporter(listener, uids=ME)
            reporter.touched(touch(at_s=1))
            tasks = [asyncio.create_task(reporter.run()), asyncio.create_task(feed.run(core, lambda: fed.append(1)))]
            await until(lambda: len(core.probes) == 1)
            reporter.heard(touch(at_s=1), "EHLO")
            reporter.tell(Notice(time=Timestamp(1), kind="connection_log", text="x", sensor="connections"))
            await until(lambda: len(fed) == 3)
            await ended(*tasks)
        assert (core.probes[0]["weight_nats"], core.probes[0]["port"]) == (9.0, 79)
        assert [one.kind for one in feed.notices()] == ["trap", "connection_log"]
        assert (feed.notices(), feed.troubles(), feed.strange) == ([], [], 0)

    asyncio.run(main())


def test_either_side_may_start_again(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "outpost.sock"
        core, feed = Feed(), OutpostFeed(path, weight=7.0)
        hearing = asyncio.create_task(feed.run(core, lambda: None))
        for count in (1, 2):
            with part_socket(path, privileges.Account()) as listener:
                reporter = Reporter(listener, uids=ME)
                serving = asyncio.create_task(reporter.run())
                reporter.touched(touch(at_s=count))
                await until(lambda count=count: len(core.probes) == count)  # type: ignore[misc]  # bound at once
                await ended(serving)
        await ended(hearing)

    asyncio.run(main())


def test_others_are_turned_away_and_what_waits_is_bounded(tmp_path: Path) -> None:
    async def main() -> None:
        path = tmp_path / "outpost.sock"
        with part_socket(path, privileges.Account()) as listener:
            reporter = Reporter(listener, uids=())
            for second in range(MAX_WAITING + 5):
                reporter.touched(touch(at_s=second))
            serving = asyncio.create_task(reporter.run())
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as stranger:
                stranger.setblocking(False)
                await asyncio.get_running_loop().sock_connect(stranger, str(path))
                assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(stranger, 1), LIMIT_S) == b""
            assert reporter.dropped == 5
            await ended(serving)

    asyncio.run(main())
