"""What this host's agent in a fleet says of itself, in a file of the spool: the service tells it to whoever asks.

The agent holds the only connection to the bus, and answers nobody; so it writes down how it is doing.
"""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from scanwarden.errors import StoreError
from scanwarden.store.state_file import keep_state, last_state

FILE_NAME = "agent.json"
MAX_BYTES = 64 * 1024


class AgentState(msgspec.Struct, frozen=True, kw_only=True):
    """How an agent is doing; times are nanoseconds since 1970, 0 for never."""

    time_ns: Annotated[int, Meta(description="When this was written.")]
    host: Annotated[str | None, Meta(description="This host's name in the fleet; null before it has joined.")] = None
    trouble: Annotated[str | None, Meta(description="Why the fleet is not told what is seen; null if it is.")] = None
    told_ns: Annotated[int, Meta(description="When the bus last took something of this host.")] = 0
    contacts_told: Annotated[int, Meta(description="Since the agent started.")] = 0
    waiting_bytes: Annotated[int, Meta(description="Sightings that the bus has not taken yet.")] = 0
    segments_lost: Annotated[int, Meta(description="Pieces of sightings that had to go: the spool was full.")] = 0
    bans_followed: int = 0
    bans_refused: int = 0
    bans_waiting: Annotated[int, Meta(description="Bans of the fleet that wait for the service.")] = 0
    last_ban: Annotated[str | None, Meta(description="Whom the fleet last had banned, and what became of it.")] = None
    last_ban_ns: int = 0


def keep_agent_state(state: AgentState, folder: Path) -> None:
    """Write a state in place of the last one, at once or not at all; raise StoreError."""
    keep_state(state, folder / FILE_NAME)


def last_agent_state(folder: Path) -> AgentState | None:
    """Read the last state; None if there is none yet. Raise StoreError for a file that is not one."""
    path = folder / FILE_NAME
    try:
        return last_state(path, AgentState, max_bytes=MAX_BYTES)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise StoreError(f"{path} is not what an agent writes: {error}") from error
