"""`sources` tells all that is known of an address or a network."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.stores import kept, run, widest
from tests.unit.store.records import banned, scan_id, statement


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give two scans and a ban of one source, and a scan of its neighbour."""
    return kept(
        tmp_path / "store.db",
        [
            statement(1, "closed", at_s=1, severity=3),
            banned(at_s=1),
            statement(2, "closed", at_s=90_000, techniques=("udp",)),
            statement(3, "closed", at_s=5, source="203.0.113.8"),
        ],
    )


def test_people_read_totals_bans_and_the_latest_scans(store: Path) -> None:
    result = run("sources", "203.0.113.7", "--store", store)
    assert result.exit_code == 0
    assert result.stdout.startswith("203.0.113.7: 2 scans, 20 probes\n")
    assert "  how       TCP SYN and UDP\n" in result.stdout
    assert "  severity  3 of 5 at most\n" in result.stdout
    assert "banned 203.0.113.7 for 10 min" in result.stdout
    assert result.stdout.index(scan_id(2)) < result.stdout.index(scan_id(1))
    assert scan_id(3) not in result.stdout
    assert widest(result) <= 80


def test_a_network_tells_of_all_its_addresses(store: Path) -> None:
    answer = json.loads(run("sources", "203.0.113.0/24", "--store", store, "--format", "json").stdout)
    assert (answer["source"], answer["scans"], len(answer["bans"])) == ("203.0.113.0/24", 3, 1)
    assert (
        len(
            json.loads(run("sources", "203.0.113.0/24", "--limit", "1", "--store", store, "--format", "json").stdout)[
                "latest"
            ]
        )
        == 1
    )


def test_an_unknown_source_is_status_1(store: Path) -> None:
    result = run("sources", "192.0.2.200", "--store", store)
    assert (result.exit_code, result.stdout) == (1, "192.0.2.200 has no scan here\n")


def test_what_is_no_address_is_refused(store: Path) -> None:
    result = run("sources", "example.org", "--store", store)
    assert result.exit_code == 2
    assert "'example.org'" in result.stderr
