"""Take in whom the service wants protected beside those whom the helper finds: it can only spare by that, never ban."""

from collections.abc import Sequence

from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix

MAX_TOLD = 65_536


class ToldSources:
    """The networks of the last complete list; one that broke off changes nothing."""

    def __init__(self) -> None:
        self.sources: tuple[Prefix, ...] = ()
        self._naming: list[Prefix] = []

    def name(self, sources: Sequence[Prefix], *, goes_on: bool) -> None:
        """Begin a list, or go on with it; raise ResponderError if it grows too long."""
        self._naming = [*(self._naming if goes_on else ()), *sources]
        if len(self._naming) > MAX_TOLD:
            self._naming.clear()
            raise ResponderError(f"no more than {MAX_TOLD} networks are protected at the service's wish")

    def finish(self, count: int) -> None:
        """End a list of so many networks, which replaces the one before; raise ResponderError if some lack."""
        named, self._naming = tuple(self._naming), []
        if len(named) != count:
            raise ResponderError("not all of those whom to protect were named")
        self.sources = named
