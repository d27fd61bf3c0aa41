"""Look at what an open TCP port says of itself: banner, certificate, and whether it asks who one is."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterable

from msgspec import Struct

from scanwarden.audit.active.answer import Answer
from scanwarden.audit.active.certificate import Certificate, read_certificate
from scanwarden.audit.active.exposures import ASKED, by_greeting, web
from scanwarden.audit.active.talk import GREETING_S, talking
from scanwarden.model.printable import printable

MAX_BANNER_CHARS = 120
AT_ONCE = 16
EXPIRES_SOON_D = 14
SMALLEST_RSA_BITS = 2048


class Greeting(Struct, frozen=True, kw_only=True):
    """What a service on one port showed. `asks_password` is null where that was not found out."""

    port: int
    banner: str = ""
    tls: str | None = None
    certificate: Certificate | None = None
    asks_password: bool | None = None
    findings: tuple[str, ...] = ()


async def greet_all(address: str, ports: Iterable[int], *, now: dt.datetime) -> list[Greeting]:
    """Greet each open port, a few at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(port: int) -> Greeting:
        async with turn:
            return await greet(address, port, now=now)

    return list(await asyncio.gather(*(one(port) for port in ports)))


async def greet(address: str, port: int, *, now: dt.datetime) -> Greeting:
    """Connect to a port, listen, try TLS if it is silent, and ask what its protocol allows to ask."""
    try:
        banner = await _banner(address, port)
        ask = by_greeting(banner, port)
        if ask is None and not banner:
            return await _silent(address, port, now)
        answer = await ask(address, port) if ask is not None else Answer()
    except OSError as error:
        return Greeting(port=port, banner=f"({error.strerror or 'no answer'})")
    return _greeting(port, banner or answer.banner, answer)


async def _banner(address: str, port: int) -> bytes:
    if port in ASKED:  # it waits for the client to speak first
        return b""
    async with talking(address, port) as talk:
        return await talk.hear(wait_s=GREETING_S)


async def _silent(address: str, port: int, now: dt.datetime) -> Greeting:
    """Try TLS, then the web, with a port that says nothing."""
    tls: str | None = None
    certificate: Certificate | None = None
    findings: list[str] = []
    try:
        async with talking(address, port, tls=True) as talk:
            held = talk.certificate()
        if held is not None:
            tls = held[1]
            certificate = read_certificate(held[0])
            findings = judged(certificate, now)
    except ValueError as error:
        findings = [str(error)]
    except (ssl.SSLError, OSError):
        tls = None
    answer = await web(address, port, tls=tls is not None)
    joined = Answer(banner=answer.banner, asks_password=answer.asks_password, findings=(*findings, *answer.findings))
    return _greeting(port, joined.banner, joined, tls, certificate)


def judged(certificate: Certificate, now: dt.datetime) -> list[str]:
    """Say what is wrong with a certificate."""
    found: list[str] = []
    if certificate.not_after <= now:
        found.append(f"the certificate expired on {certificate.not_after:%Y-%m-%d}")
    elif certificate.not_after - now < dt.timedelta(days=EXPIRES_SOON_D):
        found.append(f"the certificate expires on {certificate.not_after:%Y-%m-%d}")
    if certificate.not_before > now:
        found.append(f"the certificate is valid only from {certificate.not_before:%Y-%m-%d}")
    if certificate.is_self_signed:
        found.append("the certificate is self-signed: clients cannot tell this host from another")
    if certificate.weak_hash is not None:
        found.append(f"the certificate is signed with {certificate.weak_hash}, which can be forged")
    if certificate.rsa_bits is not None and certificate.rsa_bits < SMALLEST_RSA_BITS:
        found.append(f"the certificate's RSA key has only {certificate.rsa_bits} bits")
    return found


def _greeting(
    port: int, banner: bytes, answer: Answer, tls: str | None = None, certificate: Certificate | None = None
) -> Greeting:
    first = banner.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    return Greeting(
        port=port,
        banner=printable(first, max_chars=MAX_BANNER_CHARS),
        tls=tls,
        certificate=certificate,
        asks_password=answer.asks_password,
        findings=tuple(printable(one) for one in answer.findings),
    )
