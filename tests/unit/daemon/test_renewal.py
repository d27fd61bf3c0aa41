"""News about the network are acted on, a burst of them once, and without news once in a while."""

import asyncio
import contextlib
import socket

from scanwarden.daemon.protection import NetworkChanges, Protection
from scanwarden.daemon.renewal import SETTLE_S, Renewal

NOTHING = Protection(labels={}, on_link=())


LIVENESS_S = 60.0


class QuietNetwork(NetworkChanges):
    """A network in which nothing happens, whatever else goes on on this machine."""

    def __init__(self) -> None:
        self._socket, self._other_end = socket.socketpair()
        self._socket.setblocking(False)

    def close(self) -> None:
        super().close()
        self._other_end.close()


def renewals(*, every_s: float, until: int, watched_s: float = LIVENESS_S, changes_seen: int = 0) -> int:
    """Count how often the host was looked at in `watched_s` seconds, or until it was `until` times."""
    count = 0
    enough = asyncio.Event()

    async def renew(protection: Protection) -> None:
        nonlocal count
        assert protection is NOTHING
        count += 1
        if count >= until:
            enough.set()

    async def play() -> None:
        with QuietNetwork() as changes:
            renewal = Renewal(changes, renew, find=lambda: NOTHING, every_s=every_s)
            running = asyncio.create_task(renewal.run())
            for _ in range(changes_seen):
                renewal._has_news.set()
                await asyncio.sleep(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), watched_s)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(play())
    return count


def test_a_burst_of_changes_is_acted_on_once() -> None:
    assert renewals(every_s=3600, until=1, changes_seen=5) == 1
    assert renewals(every_s=3600, until=2, watched_s=SETTLE_S * 4, changes_seen=5) <= 1


def test_without_changes_nothing_happens_until_the_time_is_up() -> None:
    assert renewals(every_s=3600, until=1, watched_s=SETTLE_S) == 0
    assert renewals(every_s=0.05, until=2) == 2
