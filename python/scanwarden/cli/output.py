"""Write records to standard output, as text for people or in a layout for programs, beside the progress bar."""

import click

from scanwarden.cli.progress import ProgressBar
from scanwarden.cli.terminal import write_out
from scanwarden.formats.registry import layout_names, new_layout
from scanwarden.formats.text.narrator import Narrator
from scanwarden.model.records import Record

Format = str  # TEXT, or the name of a record layout
TEXT = "text"
format_option = click.option(
    "--format",
    "fmt",
    metavar="NAME",
    type=click.Choice([TEXT, *layout_names()]),
    default=TEXT,
    show_default=True,
    help=f"Text for people, or lines for programs: {', '.join(layout_names())}.",
)


class Output:
    """Tell records in the chosen format."""

    def __init__(self, fmt: Format, narrator: Narrator, *, progress: ProgressBar | None = None) -> None:
        self._layout = None if fmt == TEXT else new_layout(fmt)
        self._narrator = narrator
        self._progress = progress

    def tell(self, record: Record) -> None:
        """Write one record at once."""
        lines = self._narrator.lines(record) if self._layout is None else self._layout.lines(record)
        if lines:
            self._write("".join(f"{line}\n" for line in lines).encode())

    def remark(self, line: str) -> None:
        """Write a line that is no record: among the text, or on standard error beside lines for programs."""
        if self._layout is None:
            self._write(f"{line}\n".encode())
        else:
            click.echo(line, err=True)

    def _write(self, output: bytes) -> None:
        if self._progress is not None:
            self._progress.hide()
        write_out(output)
