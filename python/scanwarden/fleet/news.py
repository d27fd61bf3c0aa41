"""What an agent has to say of itself to its own host."""

import asyncio
import logging
from collections.abc import Callable

import msgspec

from scanwarden.errors import StoreError
from scanwarden.fleet.following import FollowCounts
from scanwarden.store.agent_state import AgentState, keep_agent_state
from scanwarden.store.sightings import SightingsSpool

log = logging.getLogger(__name__)
WRITE_EVERY_S = 2.0
NOT_REACHED = "the bus is not reached yet"


class AgentNews(msgspec.Struct, kw_only=True):
    """What an agent did since it started; the agent writes here, `keep_news` reads."""

    host: str
    reason: str | None = NOT_REACHED
    disbelief: str | None = None
    told_ns: int = 0
    contacts_told: int = 0
    bans: FollowCounts = msgspec.field(default_factory=FollowCounts)
    last_ban: str | None = None
    last_ban_ns: int = 0

    def state(self, now_ns: int, spool: SightingsSpool) -> AgentState:
        """Put everything into one value, with what waits in the spool."""
        doubt = self.disbelief and f"the fleet does not believe this host: {self.disbelief}"
        return AgentState(
            time_ns=now_ns,
            host=self.host,
            trouble=self.reason or doubt,
            told_ns=self.told_ns,
            contacts_told=self.contacts_told,
            waiting_bytes=spool.waiting_bytes(),
            segments_lost=spool.dropped(),
            bans_followed=self.bans.applied,
            bans_refused=self.bans.refused,
            bans_waiting=self.bans.waiting,
            last_ban=self.last_ban,
            last_ban_ns=self.last_ban_ns,
        )


async def keep_news(news: AgentNews, spool: SightingsSpool, *, now_ns: Callable[[], int]) -> None:
    """Write them down every two seconds, for good; what cannot be written is logged once while it lasts."""
    told = None
    while True:
        try:
            await asyncio.to_thread(lambda: keep_agent_state(news.state(now_ns(), spool), spool.folder))
            told = None
        except StoreError as error:
            if str(error) != told:
                log.warning("the service is not told how the agent is doing", extra={"reason": str(error)})
            told = str(error)
        await asyncio.sleep(WRITE_EVERY_S)
