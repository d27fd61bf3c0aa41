"""Make a store with a day of scans, some of which carry text that means to do harm."""

import random
from pathlib import Path

from scanwarden.config.sections.store import StoreSettings
from scanwarden.model.records import Record
from scanwarden.model.time import Timestamp
from scanwarden.store import Store
from tests.unit.store import records
from tests.unit.store.records import START, banned, decided, notice, statement

HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "'\"><svg onload=alert(1)>",
    "\x1b]0;owned\x07\x1b[31m\x00",
    "\u202egnp.exe\u2066",
    "{{ 7 * 7 }}{% for %}",
    "javascript:alert(1)",
    "</textarea></title></style>",
)


def write_history(path: Path, *, count: int = 40) -> None:
    """Write so many scans of the last day, the last still going on, and hostile ones among them."""
    chance = random.Random(11)
    found: list[Record] = []
    for number in range(1, count + 1):
        at_s = number * 86_000 / count - 86_400 + records_offset_s()
        source = f"203.0.113.{number % 20 + 1}"
        found.append(
            statement(
                number,
                at_s=at_s,
                source=source,
                tcp=chance.choice(["22", "22,23,80,443", "1-1000", "3389,5900"]),
                udp=chance.choice(["", "53,161"]),
                techniques=chance.choice([("tcp_syn",), ("tcp_fin", "tcp_xmas"), ("udp",)]),
                severity=chance.choice([1, 2, 2, 3, 4, 5]),
                tool=HOSTILE[number % len(HOSTILE)] if number % 2 else "nmap",
                sensor=HOSTILE[(number + 3) % len(HOSTILE)],
                probes=chance.randrange(4, 3000),
            )
        )
        found.append(decided(number, at_s=at_s, would=False))
        found.append(banned(source, number=number, at_s=at_s, duration_s=86_400))
        if number < count:
            found.append(statement(number, "closed", at_s=at_s + 60, source=source, severity=2, tool=HOSTILE[0]))
    found += [notice(text=text, at_s=records_offset_s() - 60) for text in HOSTILE]
    store = Store(StoreSettings(path=path))
    for record in found:
        store.add(record)
    assert store.flush(60)
    store.close()


def add_scan(path: Path, number: int, *, source: str) -> str:
    """Add a scan that begins now, and give its id."""
    store = Store(StoreSettings(path=path))
    made = statement(number, at_s=records_offset_s(), source=source)
    store.add(made)
    assert store.flush(60)
    store.close()
    return made.id


def records_offset_s() -> float:
    """Give the seconds from the tests' first moment until now: the page shows what happened lately."""
    import time  # noqa: PLC0415 the only place with a clock

    return Timestamp(time.time_ns()).seconds_since(START)


__all__ = ["HOSTILE", "add_scan", "records", "records_offset_s", "write_history"]
