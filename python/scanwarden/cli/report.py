"""Write a report about a period."""

import time
from pathlib import Path

import click

from scanwarden.cli.asking import configured, open_store, write_file, write_lines
from scanwarden.cli.options import config_option, store_option
from scanwarden.cli.params import MOMENT
from scanwarden.config.sections.audit import AuditSettings
from scanwarden.language import LANGUAGES, Language, catalogue
from scanwarden.model.printable import printable
from scanwarden.model.time import Timestamp

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("report")
@click.option("--since", metavar="WHEN", type=MOMENT, default="24h", show_default=True, help="From then on, as in 7d.")
@click.option("--until", metavar="WHEN", type=MOMENT, help="Until then; without it, until now.")
@click.option("--html", "html", metavar="FILE", type=_FILE, help="Write one HTML file that needs nothing else.")
@click.option("--markdown", "markdown", metavar="FILE", type=_FILE, help="Write Markdown.")
@click.option(
    "--png", "png", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False), help="Write the charts as PNG."
)
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the report."
)
@store_option
@config_option
def command(
    *,
    since: Timestamp,
    until: Timestamp | None,
    html: Path | None,
    markdown: Path | None,
    png: Path | None,
    language: Language,
    store: Path | None,
    config: Path | None,
) -> int:
    """Write a report about a period; without a file to write, print it as Markdown.

    Exit status: 0, or 2 if it could not be written.
    """
    from scanwarden import report  # noqa: PLC0415 only this command needs templates and charts

    now = Timestamp(time.time_ns())
    end = until or now
    if end <= since:
        raise click.BadParameter("is not after --since", param_hint="--until")
    expected = configured(config).of(AuditSettings).expected
    with open_store(store, config) as reader:
        contents = report.collect(reader, since, end, expected=expected)
    say = catalogue(language)
    pictures = report.write_pictures(contents, say, png) if png else []
    if html:
        write_file(html, report.html_page(contents, say, now))
    if markdown or not (html or png):
        beside = [_beside(markdown, png, name) for name in pictures] if markdown and png else []
        text = report.markdown_page(contents, say, now, pictures=beside)
        write_file(markdown, text) if markdown else write_lines(text.splitlines())
    written = [path for path in (html, markdown, png) if path]
    if written:
        write_lines([f"wrote {', '.join(printable(str(path)) for path in written)}"])
    return 0


def _beside(page: Path, folder: Path, name: str) -> str:
    """Give the way from a page to a picture."""
    try:
        return (folder.resolve() / name).relative_to(page.resolve().parent).as_posix()
    except ValueError:
        return (folder.resolve() / name).as_uri()
