"""Keep the garbage collector away from what is there to stay.

What it looks through it also writes to: a process that was forked copies every page of its parent that holds an object
(Python's `gc.freeze`). And a look at a hundred thousand bans, none of which can be part of a cycle, takes a tenth of a
second, in which nothing else happens.
"""

import contextlib
import gc
from collections.abc import Iterator


def keep_for_good() -> None:
    """Look for garbage once, and never again among what is left."""
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def making_what_stays() -> Iterator[None]:
    """Look for no garbage inside the block, and never again among what was made there."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
