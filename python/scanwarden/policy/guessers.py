"""Remember which sources guessed logins."""

from collections import OrderedDict

from scanwarden.model.address import Address
from scanwarden.model.time import Timestamp

REMEMBERED_FOR_S = 86_400
DEFAULT_MAX_GUESSERS = 16_384


class Guessers:
    """Sources that guessed logins, for a day each; the one heard of longest ago is forgotten first."""

    def __init__(self, max_sources: int = DEFAULT_MAX_GUESSERS) -> None:
        self._max_sources = max_sources
        self._heard: OrderedDict[bytes, Timestamp] = OrderedDict()

    def add(self, source: Address, now: Timestamp) -> None:
        """Take in that a source guesses logins."""
        self._heard[source.key] = now
        self._heard.move_to_end(source.key)
        if len(self._heard) > self._max_sources:
            self._heard.popitem(last=False)

    def has_guessed(self, source: Address, now: Timestamp) -> bool:
        """Say whether a source guessed logins within 24 hours."""
        heard = self._heard.get(source.key)
        return heard is not None and now.seconds_since(heard) <= REMEMBERED_FOR_S
