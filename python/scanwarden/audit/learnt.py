"""Join what scanners have learnt with what is expected to be open, and say it in sentences."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from scanwarden.config.allow import ExpectedPort
from scanwarden.model.address import Address
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.store.learnt_queries import LearntRow

WEEK_NS = 7 * 86_400 * NS_PER_S
MAX_PORTS = 1024
MAX_SOURCES = 64
SHOWN_SOURCES = 3


class Learnt(Struct, frozen=True, kw_only=True):
    """One open port that scanners know of; `sources` are the last of them, `count` is all."""

    protocol: str
    port: int
    count: int
    sources: tuple[str, ...]
    scans: tuple[str, ...]
    last: Timestamp
    is_expected: bool

    @property
    def name(self) -> str:
        """Write port and protocol, as `[audit] expected` does."""
        return f"{self.port}/{self.protocol}"


def join(rows: Iterable[LearntRow], expected: Sequence[ExpectedPort]) -> list[Learnt]:
    """Count the sources that learnt each port, unexpected ports first, then those most learnt.

    A port that is expected from some networks alone is unexpected where a source outside them learnt it. Ports beyond
    1,024 are left out.
    """
    found: dict[tuple[str, int], list[LearntRow]] = {}
    for row in rows:
        for port in row.ports:
            if (row.protocol, port) in found or len(found) < MAX_PORTS:
                found.setdefault((row.protocol, port), []).append(row)
    joined = [_joined(protocol, port, several, expected) for (protocol, port), several in found.items()]
    return sorted(joined, key=lambda one: (one.is_expected, -one.count, one.port, one.protocol))


def _joined(protocol: str, port: int, rows: list[LearntRow], expected: Sequence[ExpectedPort]) -> Learnt:
    sources = tuple(dict.fromkeys(source for row in rows for source in row.sources))
    entries = [one for one in expected if one.protocol == protocol and port in one.ports]
    return Learnt(
        protocol=protocol,
        port=port,
        count=len(sources),
        sources=sources[:MAX_SOURCES],
        scans=tuple(dict.fromkeys(row.scan for row in rows))[:MAX_SOURCES],
        last=max(row.time for row in rows),
        is_expected=bool(entries) and all(_is_meant(source, entries) for source in sources),
    )


def _is_meant(source: str, entries: list[ExpectedPort]) -> bool:
    address = Address.parse(source)
    return any(entry.source is None or entry.source.contains(address) for entry in entries)


def sentences(
    learnt: Iterable[Learnt], *, has_baseline: bool, period: str = "in the last week", limit: int = 10
) -> list[str]:
    """Say which ports were learnt that should not be open; with nothing expected, which were learnt at all."""
    told: list[str] = []
    unexpected = [one for one in learnt if not one.is_expected]
    for one in unexpected[:limit]:
        who = "1 source" if one.count == 1 else f"{one.count} sources"
        names = ", ".join(one.sources[:SHOWN_SOURCES]) + (" …" if one.count > SHOWN_SOURCES else "")
        end = "it is not in your baseline" if has_baseline else "no baseline says whether it should be"
        told.append(f"{period} {who} learnt that {one.name} is open ({names}); {end}")
    if len(unexpected) > limit:
        told.append(f"and {len(unexpected) - limit} more ports; see scanwarden audit learnt")
    return told
