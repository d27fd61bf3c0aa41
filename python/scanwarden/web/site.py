"""Hold what every page works with, and turn what goes wrong into a page."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scanwarden.config import Settings
from scanwarden.errors import AddressError, ScanwardenError, StoreError
from scanwarden.language import Catalogue
from scanwarden.web.changes_feed import ChangesFeed
from scanwarden.web.forms import FormError
from scanwarden.web.known_sources import KnownSources
from scanwarden.web.rendering import Rendering
from scanwarden.web.service_line import ServiceLine
from scanwarden.web.sessions import Sessions
from scanwarden.web.store_questions import StoreQuestions
from scanwarden.web.token import Token

Endpoint = Callable[[Request], Awaitable[Response]]
_STATUS_OF: dict[type[Exception], int] = {AddressError: 400, FormError: 400, StoreError: 503}


class Site:
    """The store, the service, the templates and the sessions of one page process."""

    def __init__(
        self,
        settings: Settings,
        *,
        file: Path,
        store: StoreQuestions,
        service: ServiceLine,
        known: KnownSources,
        token: Token,
        rendering: Rendering,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.settings = settings
        self.file = file
        self.store = store
        self.service = service
        self.known = known
        self.token = token
        self.rendering = rendering
        self.sessions = Sessions()
        self.feed = ChangesFeed(store)
        self.now_ns = now_ns

    def words(self, request: Request) -> Catalogue:
        """Give the messages in the language of a request."""
        return self.rendering.words_of(request)

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Answer with a page that says what is wrong where an endpoint raises one of our own errors."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except ScanwardenError as error:
                status = _STATUS_OF.get(type(error), 500)
                return self.trouble(request, status, error.message, error.remedy)

        return answer

    def trouble(self, request: Request, status: int, text: str, remedy: str | None = None) -> Response:
        """Write a page that says what is wrong."""
        told = {"status": status, "text": text, "remedy": remedy}
        return self.rendering.page(request, "trouble.html", told, status=status)

    async def on_http_error(self, request: Request, error: Exception) -> Response:
        """Write a page for what the framework refuses, such as an unknown path."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        say = self.words(request)
        return self.trouble(request, status, say("trouble.nothing_here" if status == 404 else "trouble.refused"))
