"""Write a report as one HTML file: pictures and style are inside, and it asks nobody for anything."""

from importlib import resources

from jinja2 import Environment
from markupsafe import Markup

from scanwarden import __version__
from scanwarden.charts.style import page_style
from scanwarden.language import Catalogue
from scanwarden.model.time import Timestamp
from scanwarden.report.contents import Contents, drawings
from scanwarden.templates import templates_of

# Style is the only thing that stands inside; nothing is ever fetched, and no script runs.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html_page(contents: Contents, say: Catalogue, now: Timestamp) -> str:
    """Give the page; text from the network is inert in it."""
    style = page_style() + resources.files(__package__).joinpath("templates/report.css").read_text(encoding="utf-8")
    # Every text in a drawing was escaped when it was put there; the style sheet is ours.
    pictures = {name: Markup(drawing.svg()) for name, drawing in drawings(contents, say).items()}  # noqa: S704
    return (
        _environment()
        .get_template("report.html")
        .render(
            say=say,
            found=contents.overview,
            contents=contents,
            pictures=pictures,
            style=Markup(style),  # noqa: S704 ours
            policy=POLICY,
            version=__version__,
            now=now,
        )
    )


def moment(time: int) -> str:
    """Write a time to the minute."""
    return str(Timestamp(time))[:16].replace("T", " ")


def _environment() -> Environment:
    made = templates_of("scanwarden.report")
    made.filters["moment"] = moment
    return made
