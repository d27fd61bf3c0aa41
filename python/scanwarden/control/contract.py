"""Say what the control interface asks of the service."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from scanwarden.control.views import BanRequest, BanView, Done, Status
from scanwarden.errors import ScanwardenError
from scanwarden.model.address import Prefix


class NotFoundError(ScanwardenError):
    """Report something that was asked for and is not there."""


class RefusedError(ScanwardenError):
    """Report a change that the service will not make."""


class Service(Protocol):
    """The running service. What is returned as `object` is a struct of the model or the store."""

    async def status(self) -> Status:
        """Say how the service is doing."""

    async def bans(self) -> list[BanView]:
        """List the bans in force, the last made first."""

    async def scans(self, *, source: Prefix | None, after: str | None, limit: int) -> object:
        """List scans, the last opened first."""

    async def scan(self, scan_id: str) -> object:
        """Give one scan; raise NotFoundError."""

    async def source(self, source: Prefix) -> object:
        """Tell all that is known of a source."""

    async def overview(self, *, hours: int) -> object:
        """Sum up the last hours."""

    async def notices(self, *, limit: int) -> object:
        """List notices, newest first."""

    def audit(self) -> object:
        """Give the last survey, how it differs from what is expected, and what scanners learnt."""

    def events(self) -> AsyncIterator[bytes]:
        """Yield records as JSON as they come; raise RefusedError if too many listen already."""

    async def metrics(self) -> Mapping[str, float]:
        """Give counters by name; the number of names does not depend on traffic."""

    async def ban(self, request: BanRequest) -> Done:
        """Ban a source; raise RefusedError or ResponderError."""

    async def unban(self, source: Prefix) -> Done:
        """Lift bans; raise NotFoundError if there was none."""

    async def allow(self, source: Prefix) -> Done:
        """Never ban a network until the next start or reload, and lift its bans."""

    async def reload(self) -> Done:
        """Read the configuration again; raise ScanwardenError and change nothing if it is wrong."""
