"""Turn templates into pages; everything that a template writes is made inert on its way."""

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from scanwarden import __version__
from scanwarden.charts import Drawing
from scanwarden.charts.ports import port_name
from scanwarden.charts.style import page_style
from scanwarden.config.sections.web import WebSettings
from scanwarden.language import LANGUAGES, Catalogue, Language, catalogue, preferred
from scanwarden.model.address import Prefix
from scanwarden.model.time import Timestamp
from scanwarden.templates import templates_of
from scanwarden.web.guard import session_of

LANGUAGE_COOKIE = "scanwarden_language"
NAMES = {"en": "English", "ko": "한국어", "ja": "日本語"}
FULL, TWO_THIRDS, ONE_THIRD, NARROW = 1320.0, 850.0, 420.0, 320.0  # pixels that a chart has where it stands


def pictures(draw: Callable[[float], Drawing], *, wide: float = FULL) -> Markup:
    """Draw a chart twice, for wide and for narrow windows; the style sheet shows one of them."""
    # Every text in a drawing was escaped when it was put there.
    return Markup(draw(wide).svg(style="wide") + draw(NARROW).svg(style="narrow"))  # noqa: S704


class Rendering:
    """The templates, and what all of them need to know."""

    def __init__(self, settings: WebSettings) -> None:
        self._language = settings.language
        self._environment = environment()

    def language_of(self, request: Request) -> Language:
        """Give the language that was chosen, that is configured, or that the browser likes."""
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        for language in LANGUAGES:
            if language in (chosen, None if chosen else self._language):
                return language
        return preferred(request.headers.get("accept-language", ""))

    def words_of(self, request: Request) -> Catalogue:
        """Give the messages in the language of a request."""
        return catalogue(self.language_of(request))

    def page(
        self, request: Request, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        """Write a page."""
        session = session_of(request)
        path = request.url.path
        told = {
            "say": self.words_of(request),
            "session": session,
            "messages": session.take_messages() if session and request.headers.get("x-live") is None else [],
            "path": path,
            "here": f"{path}?{request.url.query}" if request.url.query else path,
            **(values or {}),
        }
        text = self._environment.get_template(template).render(told)
        return HTMLResponse(text, status_code=status, headers={"vary": "Cookie, Accept-Language"})


@cache
def environment() -> Environment:
    """Read every template and catalogue now: later this process may be a user who cannot, and the first page slow."""
    made = templates_of("scanwarden.web")
    made.filters.update(moment=moment, network=network, isotime=str)
    made.globals.update(
        version=__version__, names=NAMES, languages=LANGUAGES, style_mark=style_mark(), port_name=port_name
    )
    for name in made.list_templates():
        made.get_template(name)
    for language in LANGUAGES:
        catalogue(language)
    icon()
    return made


@cache
def style_sheet() -> str:
    """Give the style sheet of the page with that of the charts."""
    return page_style() + resources.files(__package__).joinpath("static/page.css").read_text(encoding="utf-8")


@cache
def script() -> str:
    """Give the script of the page."""
    return resources.files(__package__).joinpath("static/page.js").read_text(encoding="utf-8")


@cache
def icon() -> str:
    """Give the mark of the page as a picture."""
    return resources.files(__package__).joinpath("static/icon.svg").read_text(encoding="utf-8")


@cache
def style_mark() -> str:
    """Give a mark that changes with the style sheet or the script, so that browsers may keep both."""
    return sha256((style_sheet() + script()).encode()).hexdigest()[:12]


def moment(time: int) -> str:
    """Write a time to the second, without the zone, which the foot of the page states."""
    return str(Timestamp(time))[:19].replace("T", " ")


def network(prefix: Prefix) -> str:
    """Write one address without its length, a network with it."""
    return str(prefix.address if prefix.is_single else prefix)
