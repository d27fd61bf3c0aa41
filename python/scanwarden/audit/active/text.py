"""Write an active check for people, in 80 columns."""

import textwrap
from collections.abc import Iterator

from scanwarden.audit.active.check import Checked, Report
from scanwarden.audit.active.greet import Greeting
from scanwarden.audit.services import service_of
from scanwarden.model.ports import Ports
from scanwarden.model.printable import printable

WIDTH = 80
_INDENT = " " * 14


def check_lines(report: Report) -> Iterator[str]:
    """Give the lines of a report."""
    for one in report.checked:
        yield from _address_lines(one)
        yield ""
    if report.cannot_show:
        yield from textwrap.wrap(report.cannot_show, WIDTH)


def _address_lines(one: Checked) -> Iterator[str]:
    sizes = {state: len(Ports.parse(ports)) for state, ports in one.tcp.items()}
    counts = ", ".join(f"{size:,} {state}" for state, size in sorted(sizes.items(), reverse=True))
    total = sum(sizes.values())
    text = f"{one.address}, from {one.source}: {total:,} TCP ports in {one.seconds:.1f} s by {one.tool}: {counts}"
    yield from _wrapped(text, "", "  ")
    for greeting in one.greetings:
        yield from greeting_lines(greeting)
    for port, state in sorted(one.udp.items()):
        if state == "open":
            yield f"  {f'{port}/udp':<12}open  {service_of('udp', port).name}"
    silent = [str(port) for port, state in sorted(one.udp.items()) if state == "open|filtered"]
    if silent:
        yield from textwrap.wrap(
            f"{'udp':<12}open or filtered (no answer): {', '.join(silent)}",
            WIDTH, initial_indent="  ", subsequent_indent=_INDENT,
        )  # fmt: skip


def greeting_lines(greeting: Greeting) -> Iterator[str]:
    """Give the lines of one open port."""
    service = service_of("tcp", greeting.port).name
    asks = {True: ", asks for a password", False: ", asks for no password", None: ""}[greeting.asks_password]
    said = f': "{greeting.banner}"' if greeting.banner else ""
    yield from _wrapped(f"open  {service}{asks}{said}", f"  {f'{greeting.port}/tcp':<12}", _INDENT)
    held = greeting.certificate
    if held is not None:
        names = ", ".join(held.names) or held.subject
        text = f"{greeting.tls}, certificate for {names} by {held.issuer}, until {held.not_after:%Y-%m-%d}"
        yield from _wrapped(printable(text), _INDENT)
    for finding in greeting.findings:
        yield from _wrapped(f"! {finding}", _INDENT, _INDENT + "  ")


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest)
