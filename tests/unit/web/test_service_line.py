"""What the page asks of the running service."""

import asyncio
from pathlib import Path

from scanwarden.control.views import BanRequest
from scanwarden.web.service_line import ServiceLine
from tests.unit.control.test_app import SOURCE, Rehearsed, served


def test_the_service_says_how_it_is_doing_and_takes_changes(tmp_path: Path) -> None:
    service = Rehearsed()

    async def ask() -> None:
        line = ServiceLine(tmp_path / "read", lambda: tmp_path / "admin")
        first = await line.standing()
        assert first.status is not None
        assert first.status.mode == "enforce"
        assert not first.bans
        await line.ban(BanRequest(source=SOURCE))
        assert [ban.source for ban in (await line.standing()).bans] == [SOURCE]

    with served(service, tmp_path):
        asyncio.run(ask())


def test_a_service_that_is_away_is_a_sentence(tmp_path: Path) -> None:
    async def ask() -> None:
        line = ServiceLine(tmp_path / "read", lambda: tmp_path / "admin")
        standing = await line.standing()
        assert standing.status is None
        assert "nobody answers at" in (standing.trouble or "")
        assert await line.audit() is None

    asyncio.run(ask())
