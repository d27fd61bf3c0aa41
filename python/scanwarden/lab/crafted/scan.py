"""Say what a crafted scan is, and what a detector must say about it."""

from collections.abc import Callable

import msgspec

from scanwarden.lab.scene import Scene


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What really happened: whom to name, as what.

    `sources` are the addresses that may be named, the first of them the one that must be, unless `group` says that
    all are members of one. `techniques` are the names of which at least one must be given; `pattern` is None where
    several would be right. `tricks` are the ways past filters that must be told, and no others.
    """

    sources: tuple[str, ...]
    techniques: frozenset[str]
    pattern: str | None = None
    group: str | None = None
    tricks: frozenset[str] = frozenset()


class CraftedScan(msgspec.Struct, frozen=True):
    """A scan made of crafted frames; `play` writes it into a scene and returns the truth about it."""

    name: str
    summary: str
    play: Callable[[Scene], Truth]
