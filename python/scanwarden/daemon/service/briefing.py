"""Tell a sensor what to detect, and then, piece by piece, which bans are in force.

A hundred thousand bans said at once would be more than the link holds: it would be given up, and the sensor that comes
again would have to be told everything anew, without end.
"""

import asyncio
from collections.abc import Iterator
from typing import Final

from scanwarden.daemon.enforcer import Enforcer
from scanwarden.daemon.link.messages import Message, Setup, packed_bans
from scanwarden.daemon.link.switchboard import Switchboard
from scanwarden.detector.settings import DetectorSettings

BANS_PER_MESSAGE: Final = 1024


class Briefing:
    """Speak to the sensor on `board`; a briefing that begins ends the one before."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._telling: asyncio.Task[bool] | None = None

    def begin(self, settings: DetectorSettings, enforcer: Enforcer | None) -> None:
        """Send the settings now and the bans as fast as the sensor takes them in.

        What is said of single bans meanwhile stays true: each piece holds the bans as they are when it is sent.
        """
        self.end()
        self._board.send("sensor", Setup(settings))
        if enforcer is not None:
            self._telling = asyncio.create_task(self._board.send_all("sensor", _pieces(enforcer)))

    def end(self) -> None:
        """Say no more."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None


def _pieces(enforcer: Enforcer) -> Iterator[Message]:
    for bans in enforcer.bans_in_pieces(BANS_PER_MESSAGE):
        yield packed_bans((banned.source, banned.expires_at) for banned in bans)
