"""Turn templates into pages and reports in which text from the network is inert."""

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scanwarden.model.printable import printable

MAX_FIELD_CHARS = 2000


def inert(value: object) -> object:
    """Make what a template writes harmless: control characters become visible, and escaping follows."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value, max_chars=MAX_FIELD_CHARS)


def templates_of(package: str) -> Environment:
    """Return the templates of a package; whatever they write is made inert, and a name they do not know is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=inert,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
