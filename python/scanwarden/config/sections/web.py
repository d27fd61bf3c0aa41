"""Declare `[web]`: the page that shows scans and bans; and `[metrics]`, for Prometheus."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.endpoint import Listen
from scanwarden.config.options import Section
from scanwarden.config.registry import section
from scanwarden.config.secret import SecretFile

HostName = Annotated[str, Meta(title="a host name or address", pattern=r"^[A-Za-z0-9.:_\[\]-]{1,253}$")]


@section("web", rank=110)
class WebSettings(Section, frozen=True, kw_only=True):
    """Serve a page that shows scans and bans. Changes always need a token, reading does beyond this host."""

    enabled: Annotated[
        bool,
        Meta(
            description="Have the service take changes from the page. Without systemd it serves the page as well, with "
            "systemd scanwarden-web.service does."
        ),
    ] = False
    listen: Annotated[
        Listen,
        Meta(
            description="Address and port, or unix socket, that it is served on.",
            examples=["unix:/run/scanwarden-web/page.sock"],
        ),
    ] = Listen.parse("127.0.0.1:8460")
    token_file: Annotated[
        SecretFile | None,
        Meta(
            description="File that holds the token; only its owner may read it. Without one, a token is made in "
            "/var/lib/scanwarden-web.",
            examples=["/etc/scanwarden/web-token"],
        ),
    ] = None
    hosts: Annotated[
        tuple[HostName, ...],
        Meta(
            description="Names by which browsers may call it, beside the address it listens on; others are "
            "refused (421).",
            examples=[["scans.example.net"]],
            max_length=64,
        ),
    ] = ()
    language: Annotated[
        Literal["auto", "en", "ko", "ja"],
        Meta(description="Language of the page; `auto` follows the browser.", examples=["ko"]),
    ] = "auto"

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield a page that others than this host could read without a token."""
        if self.enabled and not self.listen.is_local and self.token_file is None:
            yield "token_file", f"is missing: {self.listen} can be reached from elsewhere"


@section("metrics", rank=111)
class MetricsSettings(Section, frozen=True, kw_only=True):
    """Serve figures for Prometheus; no address of a source is ever among them."""

    enabled: Annotated[bool, Meta(description="Serve the figures.")] = False
    listen: Annotated[
        Listen,
        Meta(
            description="Address and port, or unix socket, that they are served on.",
            examples=["unix:/run/scanwarden/metrics.sock"],
        ),
    ] = Listen.parse("127.0.0.1:9460")
