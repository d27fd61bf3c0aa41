"""Endpoints say where to listen and where to send, and nothing odd gets through."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanwarden.config.endpoint import Listen, MailAddress, Server, SyslogTarget, WebAddress
from scanwarden.errors import ConfigError

KINDS: list[Callable[[str], object]] = [
    Listen.parse,
    Server.parse,
    SyslogTarget.parse,
    WebAddress.parse,
    MailAddress.parse,
]


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (Listen.parse, "127.0.0.1:8460"),
        (Listen.parse, "[::1]:8460"),
        (Listen.parse, "unix:/run/scanwarden/web.sock"),
        (Server.parse, "mail.example.net:587"),
        (Server.parse, "[2001:db8::25]:25"),
        (SyslogTarget.parse, "unix:/dev/log"),
        (SyslogTarget.parse, "tls://logs.example.net:6514"),
        (WebAddress.parse, "https://hooks.example.net:8443/scans?x=1"),
        (MailAddress.parse, "admin+scans@example.net"),
    ],
)
def test_an_endpoint_reads_back_as_it_was_written(parse: Callable[[str], object], text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "written"), [("udp://logs", "udp://logs:514"), ("tls://[2001:db8::1]", "tls://[2001:db8::1]:6514")]
)
def test_a_syslog_server_has_the_port_of_its_protocol(text: str, written: str) -> None:
    assert str(SyslogTarget.parse(text)) == written


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (Listen.parse, "127.0.0.1"),
        (Listen.parse, "127.0.0.1:0"),
        (Listen.parse, "127.0.0.1:65536"),
        (Listen.parse, "example.net:80"),
        (Listen.parse, "unix:relative.sock"),
        (Listen.parse, "unix:/" + "x" * 120),
        (Server.parse, "bad host:25"),
        (SyslogTarget.parse, "ftp://logs"),
        (WebAddress.parse, "ftp://example.net/"),
        (WebAddress.parse, "https://user:word@example.net/"),
        (WebAddress.parse, "https://example.net/a b"),
        (WebAddress.parse, "https://[::1/"),
        (WebAddress.parse, "https://example.net:99999/"),
        (MailAddress.parse, "admin@example.net\nBcc: x@example.net"),
        (MailAddress.parse, "Admin <admin@example.net>"),
    ],
)
def test_a_wrong_endpoint_is_refused(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "is_local"),
    [("127.0.0.1:1", True), ("[::1]:1", True), ("unix:/run/x", True), ("0.0.0.0:1", False), ("192.0.2.1:1", False)],
)
def test_only_loopback_and_unix_sockets_are_local(text: str, is_local: bool) -> None:
    assert Listen.parse(text).is_local is is_local


@given(st.text(alphabet=st.sampled_from("unix:/tcphs[]@.0159ab \x00\ud800é"), max_size=40))
def test_any_text_is_an_endpoint_or_a_configuration_error(text: str) -> None:
    for parse in KINDS:
        try:
            endpoint = parse(text)
        except ConfigError:
            continue
        assert parse(str(endpoint)) == endpoint
