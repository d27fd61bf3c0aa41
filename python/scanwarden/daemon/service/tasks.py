"""Wait for tasks that belong together."""

import asyncio
from collections.abc import Sequence
from typing import Any


async def end_all(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Cancel tasks and wait until they have ended, whatever they raise."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until_stopped(stop: asyncio.Event, tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Wait for the wish to stop, or for a task that ends: then raise what it raised, if it did."""
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({*tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_all([stopped])
    for task in done - {stopped}:
        task.result()
