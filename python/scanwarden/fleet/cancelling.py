"""Keep a wish to stop from being lost on the way through a client.

Before Python 3.12 `asyncio.wait_for` drops a cancellation that comes when what it waits for has just ended, and nats-py
waits with it everywhere: a task that is cancelled once would go on for good.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def heeding(answer: Awaitable[T]) -> T:
    """Wait for an answer; raise CancelledError if this task was cancelled meanwhile, even if that did not show."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        found = await answer
    except Exception:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError from None
        raise
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return found
