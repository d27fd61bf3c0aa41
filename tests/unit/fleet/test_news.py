"""What an agent says of itself to its own host: what it did, what waits, what is wrong."""

import asyncio
from pathlib import Path

import pytest

from scanwarden.fleet.following import FollowCounts
from scanwarden.fleet.news import NOT_REACHED, AgentNews, keep_news
from scanwarden.store.agent_state import AgentState, last_agent_state
from scanwarden.store.sightings import Piece, SightingsSpool


@pytest.fixture
def spool(tmp_path: Path) -> SightingsSpool:
    spool = SightingsSpool(tmp_path / "spool", max_bytes=1 << 20)
    spool.open()
    return spool


def test_everything_is_put_into_one_value(spool: SightingsSpool) -> None:
    spool.append([Piece(0, b"x" * 54)], 1)
    bans = FollowCounts(applied=3, refused=1, waiting=2)
    news = AgentNews(
        host="web1", reason=None, told_ns=5, contacts_told=6, bans=bans, last_ban="192.0.2.7/32 banned", last_ban_ns=4
    )
    assert news.state(9, spool) == AgentState(
        time_ns=9,
        host="web1",
        told_ns=5,
        contacts_told=6,
        waiting_bytes=60,
        bans_followed=3,
        bans_refused=1,
        bans_waiting=2,
        last_ban="192.0.2.7/32 banned",
        last_ban_ns=4,
    )


@pytest.mark.parametrize(
    ("reason", "disbelief", "trouble"),
    [
        (NOT_REACHED, None, NOT_REACHED),
        (NOT_REACHED, "it was taken off", NOT_REACHED),
        (None, "it was taken off", "the fleet does not believe this host: it was taken off"),
        (None, None, None),
    ],
)
def test_a_bus_that_is_away_and_a_fleet_that_does_not_believe_are_trouble(
    spool: SightingsSpool, reason: str | None, disbelief: str | None, trouble: str | None
) -> None:
    assert AgentNews(host="web1", reason=reason, disbelief=disbelief).state(1, spool).trouble == trouble


def test_they_are_written_until_the_agent_ends(spool: SightingsSpool) -> None:
    async def write() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(keep_news(AgentNews(host="web1"), spool, now_ns=lambda: 7), 0.2)

    asyncio.run(write())
    assert last_agent_state(spool.folder) == AgentState(time_ns=7, host="web1", trouble=NOT_REACHED)
