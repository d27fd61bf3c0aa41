"""`scans` lists what is stored and fits, newest first, and follows what opens."""

import json
from pathlib import Path

import pytest

from scanwarden.cli.scans import Following
from scanwarden.config.sections.store import StoreSettings
from scanwarden.store import ScanFilter, Store
from scanwarden.store.views import ScanRow
from tests.unit.cli.stores import kept, run, widest
from tests.unit.store.records import START, decided, scan_id, statement

HOSTILE = "\x1b[2J\u202egood\nscanwarden: all is well"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give three scans: an old SYN scan, a UDP scan that goes on, a severe group."""
    return kept(
        tmp_path / "store.db",
        [
            statement(1, "closed", at_s=10, tcp="22,80", tool=None, severity=2),
            statement(2, "opened", at_s=90_000, source="2001:db8::7", tcp="443", udp="53", techniques=("udp",)),
            decided(2, at_s=90_000),
            statement(
                3, "closed", at_s=180_000, source=None, group="decoys", members=("192.0.2.1", "192.0.2.2"), severity=5
            ),
        ],
    )


def ids(store: Path, *arguments: str) -> list[int]:
    result = run("scans", "--store", store, "--format", "json", *arguments)
    assert result.exit_code == (0 if result.stdout else 1), result.stderr
    return [int(json.loads(line)["id"].removeprefix("sw-"), 16) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], [3, 2, 1]),
        (["--limit", "1"], [3]),
        (["--since", "2026-01-03"], [3, 2]),
        (["--until", "2026-01-03T00:00:00Z"], [1]),
        (["--since", "2026-01-03", "--until", "2026-01-04"], [2]),
        (["--source", "203.0.113.0/24"], [1]),
        (["--source", "192.0.2.2"], [3]),
        (["--technique", "udp"], [2]),
        (["--technique", "udp", "--technique", "tcp_syn"], [3, 2, 1]),
        (["--severity", "5"], [3]),
        (["--port", "80"], [1]),
        (["--port", "udp/53"], [2]),
        (["--port", "tcp/53"], []),
        (["--text", "NMAP"], [3, 2]),
        (["--open"], [2]),
    ],
)
def test_each_filter_narrows_the_list(store: Path, arguments: list[str], found: list[int]) -> None:
    assert ids(store, *arguments) == found


def test_people_read_who_did_what_within_80_columns(store: Path) -> None:
    result = run("scans", "--store", store)
    assert result.exit_code == 0
    assert f"2026-01-02 03:00:10 UTC  {scan_id(1)}  severity 2\n" in result.stdout
    assert "  203.0.113.7, TCP SYN: tcp 22, 80; 10 probes; learnt 1 open port\n" in result.stdout
    assert f"{scan_id(2)}  severity 2  going on" in result.stdout
    assert "policy: ban" in result.stdout
    assert "2 addresses (one scanner hiding among forged sources)" in result.stdout
    assert result.stdout.endswith("\n3 scans\n")
    assert widest(result) <= 80


def test_a_list_that_was_cut_says_so(store: Path) -> None:
    assert "2 of 3 scans; --limit lists more" in run("scans", "--store", store, "--limit", "2").stdout


def test_nothing_found_is_status_1(store: Path) -> None:
    result = run("scans", "--store", store, "--severity", "5", "--port", "9999")
    assert (result.exit_code, result.stdout) == (1, "no scan fits\n")


@pytest.mark.parametrize("fmt", ["text", "json"])
def test_hostile_words_stay_inert(tmp_path: Path, fmt: str) -> None:
    store = kept(tmp_path / "store.db", [statement(1, "closed", tool=HOSTILE, sensor=HOSTILE)])
    output = run("scans", "--store", store, "--format", fmt).stdout
    assert not any(character in output for character in "\x1b\u202e")
    assert not any(line.startswith("scanwarden:") for line in output.splitlines())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "yesterday"], "write it like 24h"),
        (["--port", "tcp/70000"], "write it like 22"),
        (["--severity", "6"], "--severity"),
        (["--technique", "syn"], "--technique"),
        (["--text", "x" * 201], "--text"),
    ],
)
def test_a_wrong_filter_is_named(store: Path, arguments: list[str], said: str) -> None:
    result = run("scans", "--store", store, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_following_tells_each_new_scan_once_and_the_oldest_first(tmp_path: Path) -> None:
    store = Store(StoreSettings(path=tmp_path / "store.db"), now_ns=lambda: int(START))
    store.add(statement(1, at_s=1))
    assert store.flush(10)
    told: list[ScanRow] = []
    rounds = iter([[statement(2, at_s=2), statement(3, at_s=3)], [statement(3, "closed", at_s=3)], None])

    def wait() -> None:
        records = next(rounds)
        if records is None:
            raise KeyboardInterrupt
        for record in records:
            store.add(record)
        assert store.flush(10)

    with store.reader() as reader:
        assert Following(reader, ScanFilter(), told=[scan_id(1)]).run(told.append, wait=wait) == 0
    store.close()
    assert [row.id for row in told] == [scan_id(2), scan_id(3)]
