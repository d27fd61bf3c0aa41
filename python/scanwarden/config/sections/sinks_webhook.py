"""Declare `[sinks.webhook]`: post signed JSON to a web address."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from scanwarden.config.endpoint import WebAddress
from scanwarden.config.quantity import Duration
from scanwarden.config.registry import section
from scanwarden.config.secret import SecretFile
from scanwarden.config.sections.messages import Messages


@section("sinks.webhook", rank=94)
class WebhookSettings(Messages, frozen=True, kw_only=True):
    """Post signed JSON to a web address."""

    url: Annotated[
        WebAddress | None,
        Meta(description="The address that is posted to.", examples=["https://hooks.example.net/scans"]),
    ] = None
    key_file: Annotated[
        SecretFile | None,
        Meta(
            description="File that holds the key by which messages are signed (HMAC-SHA256).",
            examples=["/etc/scanwarden/webhook-key"],
        ),
    ] = None
    time_limit: Annotated[
        Duration,
        Meta(
            description="Time after which an attempt is given up and repeated later.",
            examples=["3 s"],
            extra={"at_least": Duration.parse("100 ms"), "at_most": Duration.parse("2 min")},
        ),
    ] = Duration.parse("10 s")

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield a webhook without an address."""
        if self.enabled and self.url is None:
            yield "url", "is missing: name the address that is posted to"
