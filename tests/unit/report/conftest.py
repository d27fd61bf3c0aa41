"""A report about a store that hostile text got into."""

from pathlib import Path

import pytest

from scanwarden.report import Contents, collect
from scanwarden.store import Reader
from tests.unit.cli.stores import kept
from tests.unit.store.records import START, banned, decided, notice, statement

HOSTILE = "</td><script>alert(1)</script>\x1b[31m[x](javascript:alert(1)) | ``` \u202e https://evil.example.org/"


@pytest.fixture(scope="session")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    records = [
        statement(1, severity=2),
        decided(1),
        banned(),
        banned(responder="route"),
        statement(2, severity=5, at_s=60, source="203.0.113.8", techniques=("udp",), tcp="", udp="53"),
        statement(3, severity=2, at_s=120, source="2001:db8::9", tool=HOSTILE, sensor=HOSTILE),
        notice(text=HOSTILE, at_s=60),
    ]
    store: Path = kept(tmp_path_factory.mktemp("report") / "scans.db", records)
    with Reader(store) as reader:
        return collect(reader, int(START) - 10**9, int(START.plus(3600)))
