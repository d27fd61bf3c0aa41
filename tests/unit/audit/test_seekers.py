from pathlib import Path

import pytest

from scanwarden.audit.seekers import sought, trend
from scanwarden.model.time import NS_PER_S
from scanwarden.store import Reader
from tests.unit.cli.stores import kept
from tests.unit.store.records import START, statement

HOUR_NS = 3600 * NS_PER_S


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [(5, 0, "new"), (10, 9, "steady"), (40, 9, "rising"), (9, 40, "falling"), (0, 9, "falling"), (1, 1, "steady")],
)
def test_the_trend_is_more_than_chance(now: int, before: int, word: str) -> None:
    assert trend(now, before) == word


def test_ports_are_ranked_by_their_sources(tmp_path: Path) -> None:
    records = [
        statement(number, source=f"192.0.2.{number}", tcp="23" if number < 4 else "6379", at_s=7200)
        for number in range(1, 6)
    ]
    records.append(statement(9, source="192.0.2.9", tcp="23", at_s=0))
    store = kept(tmp_path / "scans.db", records)
    since = int(START) + 2 * HOUR_NS
    with Reader(store) as reader:
        found = sought(reader, since, since + 2 * HOUR_NS)
    assert [(one.port, one.service, one.sources, one.before) for one in found] == [
        (23, "telnet", 3, 1),
        (6379, "redis", 2, 0),
    ]
