"""Records survive the trip through JSON unchanged, and a wrong line is named."""

import json

import pytest

from scanwarden.errors import RecordError
from scanwarden.formats import native
from scanwarden.model.detection import Opened
from scanwarden.model.records import Banned, Decided, Ready
from tests.samples import BAN, CLOSED, DECISION, GROUP, NOTICE, OPENED, READY, UNBAN, UPDATED

RECORDS = [OPENED, UPDATED, CLOSED, GROUP, NOTICE, READY, DECISION, BAN, UNBAN]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record["event"]))
def test_a_record_round_trips_key_for_key(record: dict[str, object]) -> None:
    line = json.dumps(record).encode()
    assert json.loads(native.encode(native.decode(line))) == record


def test_the_event_names_the_type() -> None:
    kinds = [type(native.decode(json.dumps(record).encode())) for record in (OPENED, READY, DECISION, BAN)]
    assert kinds == [Opened, Ready, Decided, Banned]


def test_a_record_is_one_line() -> None:
    line = json.dumps(NOTICE | {"text": "two\nlines\u2028\x1b[2J"}).encode()
    assert b"\n" not in native.encode(native.decode(line))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        json.dumps(OPENED | {"event": "gone"}).encode(),
        json.dumps(OPENED | {"time": "yesterday"}).encode(),
        json.dumps(OPENED | {"severity": 6}).encode(),
        json.dumps(OPENED | {"techniques": ["tcp_magic"]}).encode(),
        json.dumps(OPENED | {"targets": [{"address": "nowhere"}]}).encode(),
        json.dumps(BAN | {"source": "10.77.1.50/24"}).encode(),
    ],
)
def test_a_wrong_line_is_refused_with_a_reason(line: bytes) -> None:
    with pytest.raises(RecordError, match="in the record"):
        native.decode(line)
