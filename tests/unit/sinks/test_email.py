"""Mail as a real server receives it."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from scanwarden.config.endpoint import MailAddress, Server
from scanwarden.config.secret import SecretFile
from scanwarden.config.sections.sinks_email import EmailSettings
from scanwarden.model.time import Timestamp
from scanwarden.sinks.base import Message, SinkError
from scanwarden.sinks.email import Mail
from tests.certificates import certificate

MESSAGE = Message(
    id="0123456789abcdef",
    time=Timestamp.parse("2026-01-02T03:04:05Z"),
    severity=4,
    title="scanwarden on box: 192.0.2.7 scans 9 ports",
    text="192.0.2.7 scanned 9 ports · 口\n",
    records=(b"{}",),
)


class Mailbox:
    """Keep what was delivered; answer recipients as told."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answer = answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: ANN401, N802
        if self.answer.startswith("250"):
            self.recipients += envelope.rcpt_tos
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.mails.append(message_from_bytes(content, policy=policy.default))
        return self.answer


class AnyPort(Controller):
    """A server on whatever port is free."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.base_events.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def server(mailbox: Mailbox, **options: Any) -> Iterator[int]:  # noqa: ANN401
    controller = AnyPort(mailbox, hostname="127.0.0.1", port=0, ready_timeout=60, **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def settings(port: int, **changes: Any) -> EmailSettings:  # noqa: ANN401
    return EmailSettings(
        enabled=True,
        server=Server("127.0.0.1", port),
        sender=MailAddress("scanwarden@example.net"),
        to=(MailAddress("a@example.net"), MailAddress("b@example.net")),
        **changes,
    )


def test_a_mail_arrives_as_it_was_written() -> None:
    mailbox = Mailbox()
    with server(mailbox) as port:
        Mail(settings(port)).send(MESSAGE)
    (mail,) = mailbox.mails
    assert mail["Subject"] == MESSAGE.title
    assert mail["Message-ID"] == "<0123456789abcdef@example.net>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert mailbox.recipients == ["a@example.net", "b@example.net"]


def test_the_connection_is_encrypted_and_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(pair))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    secret = tmp_path / "password"
    secret.write_text("correct horse\n")
    secret.chmod(0o600)

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401
        return AuthResult(success=data.password == b"correct horse")

    mailbox = Mailbox()
    authentication: dict[str, Callable[..., AuthResult] | bool | ssl.SSLContext] = {
        "authenticator": check,
        "auth_required": True,
        "tls_context": context,
        "require_starttls": True,
    }
    with server(mailbox, **authentication) as port:
        Mail(settings(port, security="starttls", user="me", password_file=SecretFile(secret))).send(MESSAGE)
        with pytest.raises(SinkError) as wrong:
            Mail(settings(port)).send(MESSAGE)
    assert len(mailbox.mails) == 1
    assert "530" in str(wrong.value)


def test_a_server_with_an_unknown_certificate_gets_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path, "127.0.0.1"))
    mailbox = Mailbox()
    with server(mailbox, tls_context=context) as port, pytest.raises(SinkError, match="takes no mail"):
        Mail(settings(port, security="starttls")).send(MESSAGE)
    assert not mailbox.mails


@pytest.mark.parametrize(("answer", "is_final"), [("451 later", False), ("554 never", True)])
def test_only_a_refusal_for_good_is_final(answer: str, is_final: bool) -> None:
    with server(Mailbox(answer)) as port, pytest.raises(SinkError) as refused:
        Mail(settings(port)).send(MESSAGE)
    assert refused.value.is_final is is_final


def test_nobody_there_is_tried_again() -> None:
    with server(Mailbox()) as port:
        pass
    with pytest.raises(SinkError) as refused:
        Mail(settings(port)).send(MESSAGE)
    assert not refused.value.is_final
