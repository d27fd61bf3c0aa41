"""Write messages: one scan with its story, or a digest of several."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scanwarden.daemon.courier.outbox import Letter
from scanwarden.enrich import Enricher
from scanwarden.errors import ConfigError
from scanwarden.formats import native
from scanwarden.formats.text import layout, words
from scanwarden.formats.text.events import ban_words, decision_words
from scanwarden.formats.text.layout import unpainted
from scanwarden.formats.text.scan import story, what, who
from scanwarden.model.printable import printable
from scanwarden.model.time import Timestamp
from scanwarden.sinks.base import Message

MAX_SCANS_TOLD = 50  # in a digest; the rest is counted
MAX_TEMPLATE_BYTES = 64 * 1024
MAX_TEXT_CHARS = 200_000


class Composer:
    """Write the messages of one sink."""

    def __init__(self, *, host: str, template: Path | None = None, enricher: Enricher | None = None) -> None:
        """Take the name of this host and a template for the text; raise ConfigError if that is no template."""
        self._host = printable(host, max_chars=80)
        self._enricher = enricher
        self._template = None
        if template is None:
            return
        environment = ImmutableSandboxedEnvironment(autoescape=False, trim_blocks=True, lstrip_blocks=True)
        try:
            with template.open("rb") as file:
                text = file.read(MAX_TEMPLATE_BYTES + 1)
            if len(text) > MAX_TEMPLATE_BYTES:
                raise ConfigError(f"{template} is larger than {MAX_TEMPLATE_BYTES} bytes")
            self._template = environment.from_string(text.decode())
        except (OSError, UnicodeDecodeError, TemplateError) as error:
            raise ConfigError(f"{template} is no template: {error}", remedy="see the how-to on messages") from error

    def compose(self, sink: str, letters: Sequence[Letter], now: Timestamp) -> Message:
        """Write one message; the same scans give the same id."""
        ids = "\n".join(sorted(letter.detection.id for letter in letters))
        title = self._title(letters)
        text = self._text(letters)
        return Message(
            id=hashlib.sha256(f"{sink}\n{ids}".encode()).hexdigest()[:32],
            time=now,
            severity=max(letter.detection.severity for letter in letters),
            title=title,
            text=self._in_template(title, text, letters),
            records=tuple(_record(letter) for letter in letters),
        )

    def _title(self, letters: Sequence[Letter]) -> str:
        highest = max(letter.detection.severity for letter in letters)
        if len(letters) == 1:
            detection = letters[0].detection
            said = f"{who(detection)} scans {what(detection)}"
        else:
            sources = len({who(letter.detection) for letter in letters})
            said = f"{len(letters)} scans by {words.counted(sources, 'source')}"
        return printable(f"scanwarden on {self._host}: {said}, severity {highest} of 5", max_chars=300)

    def _text(self, letters: Sequence[Letter]) -> str:
        if len(letters) == 1:
            lines = [*story(letters[0].detection, done=_done(letters[0]), paint=unpainted)]
            lines += [*self._known(letters[0]), ""]
            return "\n".join([*lines, f"Why this is called a scan: scanwarden explain {letters[0].detection.id}", ""])
        worst = sorted(letters, key=lambda letter: -letter.detection.severity)
        lines = []
        for letter in worst[:MAX_SCANS_TOLD]:
            lines += _brief(letter)
        if len(letters) > MAX_SCANS_TOLD:
            lines += [f"and {len(letters) - MAX_SCANS_TOLD:,} more: scanwarden scans", ""]
        return "\n".join(lines)

    def _known(self, letter: Letter) -> list[str]:
        """Say what the user's files know of the source."""
        address = letter.detection.source.address
        if self._enricher is None or address is None or not (found := self._enricher.of(address).words()):
            return []
        return layout.row("known", "; ".join(found), unpainted)

    def _in_template(self, title: str, text: str, letters: Sequence[Letter]) -> str:
        """Fill the template; one that fails is left out, since what it is about must be told all the same."""
        if self._template is None:
            return text
        scans = [msgspec.json.decode(_record(letter)) for letter in letters]
        try:
            filled = self._template.render(host=self._host, title=title, text=text, scans=scans)
        except TemplateError as error:
            return f"{text}\n(The template failed: {printable(str(error), max_chars=200)})\n"
        return filled[:MAX_TEXT_CHARS]


def _brief(letter: Letter) -> list[str]:
    """Tell one scan of a digest in a headline and up to two rows."""
    detection = letter.detection
    lines = layout.headline(
        f"{who(detection)} scanned {what(detection)} ({words.techniques_of(detection.techniques)})",
        "headline",
        unpainted,
    )
    if done := _done(letter):
        lines += layout.row("done", done, unpainted)
    lines += layout.row("scan", f"{detection.id} · severity {detection.severity} of 5", unpainted)
    return [*lines, ""]


def _done(letter: Letter) -> str | None:
    if letter.ban is not None:
        return ban_words(letter.ban)
    return decision_words(letter.decision) if letter.decision is not None else None


def _record(letter: Letter) -> bytes:
    """Write what is known about a scan as one JSON object of whole records."""
    parts = [b'"scan":' + native.encode(letter.detection)]
    for name, record in (("decision", letter.decision), ("ban", letter.ban)):
        parts.append(b'"%b":%b' % (name.encode(), native.encode(record) if record is not None else b"null"))
    return b"{" + b",".join(parts) + b"}"
