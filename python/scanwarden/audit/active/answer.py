"""Hold what a service let a stranger know."""

from msgspec import Struct


class Answer(Struct, frozen=True, kw_only=True):
    """What a service let a stranger know. `asks_password` is null where that was not found out."""

    banner: bytes = b""
    asks_password: bool | None = None
    findings: tuple[str, ...] = ()
