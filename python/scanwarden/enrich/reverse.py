"""Ask the resolver what a source calls itself; the owner of the address may notice, and may have written anything."""

import re
import socket
import threading

from scanwarden.model.address import Address

LIMIT_S = 2.0
# RFC 1123 2.1 and RFC 1035 2.3.4, with the underscore that people use all the same.
_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63})*\.?", re.ASCII)


def name_of(address: Address, *, limit_s: float = LIMIT_S) -> str | None:
    """Give the name of an address, or None if there is none, it is no host name, or the resolver takes too long."""
    answer: list[str] = []

    def ask() -> None:
        try:
            answer.append(socket.gethostbyaddr(str(address))[0])
        except OSError:
            return

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(limit_s)
    return clean_name(answer[0]) if answer else None


def clean_name(name: str) -> str | None:
    """Give a name only if it is one that a host may have."""
    return name.rstrip(".").lower() if _NAME.fullmatch(name) else None
