"""A task that is cancelled ends, whatever a client makes of the cancellation."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from scanwarden.fleet.cancelling import heeding


async def forgets_with_an_answer() -> int:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        return 1
    return 0


async def forgets_with_an_error() -> int:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError as error:
        raise TimeoutError from error
    return 0


async def remembers() -> int:
    await asyncio.sleep(3600)
    return 0


@pytest.mark.parametrize("client", [forgets_with_an_answer, forgets_with_an_error, remembers])
def test_a_cancelled_task_ends(client: Callable[[], Awaitable[int]]) -> None:
    async def work() -> None:
        while True:
            try:
                await heeding(client())
            except TimeoutError:
                continue

    async def scene() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=30)
        assert task in done
        assert task.cancelled()

    asyncio.run(scene())


def test_answers_and_errors_come_through_also_while_a_cancelled_task_tidies_up() -> None:
    async def fails() -> None:
        raise ValueError("no")

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            assert await heeding(asyncio.sleep(0, "tidied")) == "tidied"
            with pytest.raises(ValueError, match="no"):
                await heeding(fails())

    async def scene() -> None:
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
