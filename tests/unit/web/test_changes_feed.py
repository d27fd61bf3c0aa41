"""Open pages hear that something has changed."""

import asyncio
from pathlib import Path

from scanwarden.web.changes_feed import MAX_LISTENERS, ChangesFeed
from scanwarden.web.store_questions import StoreQuestions
from tests.unit.cli.stores import kept
from tests.unit.store.records import statement

LIVENESS_S = 60.0


def test_every_page_hears_of_a_change_and_nothing_is_looked_at_for_nobody(tmp_path: Path) -> None:
    path = kept(tmp_path / "scans.db", [statement(1)])

    async def listen() -> list[str]:
        feed = ChangesFeed(StoreQuestions(path), look_every_s=0.01)
        pages = [feed.listen() for _ in range(3)]
        heard = [await anext(page) for page in pages]
        assert heard == ["retry: 3000\n\n"] * 3
        waiting = [asyncio.create_task(anext(page)) for page in pages]
        for number in range(2, 1000):  # until a look lies before and one behind a change
            await asyncio.to_thread(kept, path, [statement(number)])
            if all(one.done() for one in waiting):
                break
        told = await asyncio.wait_for(asyncio.gather(*waiting), LIVENESS_S)
        for page in pages:
            await page.aclose()
        assert feed._looking is not None
        await asyncio.wait_for(feed._looking, LIVENESS_S)
        await feed.close()
        return told

    assert asyncio.run(listen()) == ["event: changed\ndata: \n\n"] * 3


def test_the_number_of_open_pages_has_a_ceiling(tmp_path: Path) -> None:
    async def crowd() -> None:
        feed = ChangesFeed(StoreQuestions(kept(tmp_path / "scans.db", [])), look_every_s=0.01)
        pages = [feed.listen() for _ in range(MAX_LISTENERS)]
        seen = []
        for page in pages:
            seen.append(feed.is_full)
            await anext(page)
        seen.append(feed.is_full)
        await pages[0].aclose()
        seen.append(feed.is_full)
        assert seen == [False] * MAX_LISTENERS + [True, False]
        for page in pages:
            await page.aclose()
        await feed.close()

    asyncio.run(crowd())
