"""Tell a demonstration in plain words, 80 columns wide, and hold it to what it claims."""

import os
import textwrap
from collections.abc import Iterable

import click

from scanwarden.errors import ScanwardenError
from scanwarden.formats.text.layout import WIDTH, Role
from scanwarden.model.printable import printable

_COLOURS: dict[Role, str] = {"alarm": "red", "good": "green", "label": "cyan"}


class BrokenClaimError(ScanwardenError):
    """Something the demonstration claims did not hold."""


class Stage:
    """Writes the demonstration to standard output; colours only on a terminal that wants them."""

    def __init__(self) -> None:
        self._step = 0
        self.claims = 0

    def paint(self, text: str, role: Role) -> str:
        """Colour `text` for its role (https://no-color.org is respected; click drops colours outside terminals)."""
        if os.environ.get("NO_COLOR"):
            return text
        return click.style(text, fg=_COLOURS.get(role), bold=role in {"headline", "alarm"}, dim=role == "faint")

    def title(self, text: str) -> None:
        """Print the headline over a rule."""
        click.echo(self.paint(text, "headline"))
        click.echo(self.paint("─" * WIDTH, "faint"))

    def step(self, text: str) -> None:
        """Start the next numbered step."""
        self._step += 1
        click.echo("")
        self._wrapped(text, first=f"{self._step}. ", role="headline")

    def say(self, text: str) -> None:
        """Print a sentence or two."""
        self._wrapped(text, first="   ")

    def command(self, text: str) -> None:
        """Show a command as somebody would type it."""
        self._wrapped(text, first="   $ ", role="label")

    def quote(self, lines: Iterable[str]) -> None:
        """Print lines of a program as they are, 80 columns wide themselves."""
        click.echo("")
        for line in lines:
            click.echo(line)
        click.echo("")

    def claim(self, holds: bool, text: str, *, otherwise: str) -> None:
        """Print what holds; raise BrokenClaimError with `otherwise` if it does not."""
        if not holds:
            raise BrokenClaimError(otherwise)
        self.claims += 1
        self._wrapped(text, first="   ✔ ", role="good")

    def _wrapped(self, text: str, *, first: str, role: Role = "plain") -> None:
        rest = " " * len(first)
        clean = printable(text, max_chars=2000)
        for line in textwrap.wrap(clean, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False):
            click.echo(self.paint(line, role))
