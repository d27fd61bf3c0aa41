"""News about the network are acted on, a burst of them once, and without news once in a while."""

import asyncio

from scanwarden.daemon.protection import NetworkChanges, Protection
from scanwarden.daemon.renewal import SETTLE_S, Renewal

NOTHING = Protection(labels={}, on_link=())


def renewals(*, every_s: float, watched_s: float, changes_seen: int = 0) -> int:
    """Count how often the host was looked at in `watched_s` seconds."""
    count = 0

    async def renew(protection: Protection) -> None:
        nonlocal count
        assert protection is NOTHING
        count += 1

    async def play() -> None:
        with NetworkChanges() as changes:
            renewal = Renewal(changes, renew, find=lambda: NOTHING, every_s=every_s)
            running = asyncio.create_task(renewal.run())
            for _ in range(changes_seen):
                renewal._has_news.set()
                await asyncio.sleep(0)
            await asyncio.sleep(watched_s)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(play())
    return count


def test_a_burst_of_changes_is_acted_on_once() -> None:
    assert renewals(every_s=60, watched_s=SETTLE_S * 2, changes_seen=5) == 1


def test_without_changes_nothing_happens_until_the_time_is_up() -> None:
    assert renewals(every_s=60, watched_s=SETTLE_S) == 0
    assert renewals(every_s=0.05, watched_s=0.3) >= 2
