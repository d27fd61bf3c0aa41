"""What a report holds."""

from scanwarden.language import catalogue
from scanwarden.report import Contents
from scanwarden.report.contents import drawings
from tests.unit.store.records import scan_id


def test_the_gravest_scans_come_first_and_newer_ones_before_older(contents: Contents) -> None:
    assert [row.id for row in contents.gravest] == [scan_id(2), scan_id(3), scan_id(1)]


def test_a_ban_counts_once_however_many_enforce_it(contents: Contents) -> None:
    assert contents.bans_made == 1
    assert contents.overview.scans == 3


def test_the_main_charts_are_drawn(contents: Contents) -> None:
    assert list(drawings(contents, catalogue("ja"))) == ["scans", "ports", "techniques", "sources"]
