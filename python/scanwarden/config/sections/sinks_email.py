"""Declare `[sinks.email]`: send mail through an SMTP server."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from scanwarden.config.endpoint import MailAddress, Server
from scanwarden.config.registry import section
from scanwarden.config.secret import SecretFile
from scanwarden.config.sections.messages import WordedMessages


@section("sinks.email", rank=93)
class EmailSettings(WordedMessages, frozen=True, kw_only=True):
    """Send mail through an SMTP server."""

    server: Annotated[Server, Meta(description="The server and its port.", examples=["mail.example.net:587"])] = (
        Server.parse("localhost:25")
    )
    security: Annotated[
        Literal["none", "starttls", "tls"],
        Meta(
            description="`starttls` (usual on port 587), `tls` (port 465), or `none`, for a server on this host.",
            examples=["starttls"],
        ),
    ] = "none"
    user: Annotated[
        str,
        Meta(description="User name at the server. Empty: without log-in.", examples=["scanwarden"], max_length=256),
    ] = ""
    password_file: Annotated[
        SecretFile | None,
        Meta(
            description="File that holds the password; only its owner may read it.",
            examples=["/etc/scanwarden/smtp-password"],
        ),
    ] = None
    sender: Annotated[
        MailAddress | None, Meta(description="Address that mails come from.", examples=["scanwarden@example.net"])
    ] = None
    to: Annotated[
        tuple[MailAddress, ...],
        Meta(description="Addresses that mails go to.", examples=[["admin@example.net"]], max_length=32),
    ] = ()

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield what a mail cannot do without, and a password that would travel in clear text."""
        if self.enabled and not self.to:
            yield "to", "is empty: name at least one address"
        if self.enabled and self.sender is None:
            yield "sender", "is missing: name the address that mails come from"
        if bool(self.user) != (self.password_file is not None):
            yield "user" if self.password_file else "password_file", "is missing: user and password_file go together"
        if self.user and self.security == "none" and self.server.host not in ("localhost", "127.0.0.1", "::1"):
            yield "security", 'the password would travel in clear text; use "starttls" or "tls"'
