"""What the user's files say of an address, and that a broken file says nothing worse."""

import os
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from scanwarden.config.quantity import Duration
from scanwarden.config.sections.enrichment import EnrichmentSettings
from scanwarden.enrich import Enricher, Known
from scanwarden.model.address import Address

SOURCE = Address.parse("192.0.2.7")


def mmdb(path: Path, answer: dict[str, Any]) -> Path:
    writer = MMDBWriter(ip_version=4, database_type="test")
    writer.insert_network(IPSet(["192.0.2.0/24"]), answer)
    writer.to_db_file(str(path))
    return path


def settings(**changes: Any) -> EnrichmentSettings:  # noqa: ANN401
    return EnrichmentSettings(**changes)


def test_everything_that_files_say_is_put_together(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("192.0.2.0/28\n")
    (tmp_path / "who.txt").write_text("192.0.2.7 Example University\n")
    operator = {"autonomous_system_number": 64500, "autonomous_system_organization": "Exam\x1bple"}
    enricher = Enricher(
        settings(
            country_file=mmdb(tmp_path / "c.mmdb", {"country": {"iso_code": "KR"}}),
            network_file=mmdb(tmp_path / "n.mmdb", operator),
            researchers_file=tmp_path / "who.txt",
            threat_lists=(tmp_path / "bad.txt",),
        )
    )
    found = enricher.of(SOURCE)
    assert found == Known(
        country="KR",
        network_number=64500,
        network_name=r"Exam\x1bple",
        researcher="Example University",
        lists=("bad",),
    )
    assert found.words() == [
        "country KR",
        r"AS64500 Exam\x1bple",
        "known research scanner: Example University",
        "on bad",
    ]
    assert enricher.of(Address.parse("203.0.113.1")) == Known()


@pytest.mark.parametrize(
    "answer", [{"country": {"iso_code": "\x1b["}}, {"country": 5}, {"country_code": "XYZ"}, {"a": {}}]
)
def test_nonsense_in_a_file_is_no_country(tmp_path: Path, answer: dict[str, Any]) -> None:
    assert Enricher(settings(country_file=mmdb(tmp_path / "c.mmdb", answer))).of(SOURCE).country is None


def test_a_changed_file_is_read_again_and_a_broken_one_keeps_what_was_known(tmp_path: Path) -> None:
    now_s = 0.0
    path = tmp_path / "bad.txt"
    path.write_text("192.0.2.7\n")
    enricher = Enricher(settings(threat_lists=(path,), refresh=Duration.parse("1 min")), clock=lambda: now_s)
    assert enricher.of(SOURCE).lists == ("bad",)
    path.write_text("198.51.100.1\n198.51.100.2\n")
    assert enricher.of(SOURCE).lists == ("bad",)  # it is looked at once a minute
    now_s = 61
    assert enricher.of(SOURCE).lists == ()
    path.write_text("<html>broken</html> and longer than before\n")
    now_s = 122
    assert enricher.of(Address.parse("198.51.100.1")).lists == ("bad",)
    assert "holds no address" in enricher.troubles[0]
    path.unlink()
    now_s = 183
    assert enricher.of(Address.parse("198.51.100.1")).lists == ("bad",)


@pytest.mark.parametrize("content", [b"", b"no database", os.urandom(4096)])
def test_a_file_that_is_none_is_named_and_nothing_fails(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.mmdb"
    path.write_bytes(content)
    enricher = Enricher(settings(country_file=path))
    assert enricher.of(SOURCE) == Known()
    assert "c.mmdb" in enricher.troubles[0]


def test_without_settings_nothing_is_looked_up() -> None:
    assert not Enricher(settings()).is_used
