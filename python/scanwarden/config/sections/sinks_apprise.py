"""Declare `[sinks.apprise]`: send to messengers through apprise (`pip install scanwarden[notify]`)."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from scanwarden.config.registry import section
from scanwarden.config.secret import SecretFile
from scanwarden.config.sections.messages import WordedMessages


@section("sinks.apprise", rank=95)
class AppriseSettings(WordedMessages, frozen=True, kw_only=True):
    """Send to messengers through apprise (`pip install scanwarden[notify]`)."""

    urls_file: Annotated[
        SecretFile | None,
        Meta(
            description="File that holds one apprise address a line; they contain tokens, so only its owner may "
            "read it.",
            examples=["/etc/scanwarden/messengers"],
        ),
    ] = None

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield a messenger sink without addresses."""
        if self.enabled and self.urls_file is None:
            yield "urls_file", "is missing: name the file that holds the addresses"
