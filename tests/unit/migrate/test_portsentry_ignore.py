"""The ignore file becomes the allowlist, read as PortSentry reads it."""

import pytest

from scanwarden.config.sections.policy import PolicySettings
from scanwarden.migrate.portsentry import migrate
from tests.unit.migrate.migrated import section_of, text_of, why


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7/32", "192.0.2.7"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("192.0.2.7 the printer", "192.0.2.7"),
        ("192.0.2.7# comment", "192.0.2.7"),
        ("2001:db8::7/64", "2001:db8::/64"),
    ],
)
def test_an_entry_becomes_one_of_the_allowlist(line: str, entry: str) -> None:
    text = text_of(migrate, f"# comment\n{line}\n", names=["portsentry.ignore.static"])
    assert list(map(str, section_of(text, PolicySettings).allowlist)) == [entry]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("printer", "reads no address"),
        ("192.0.2.7/33", "reads no address"),
        (" 192.0.2.7", "reads no address"),
        ("0.0.0.0/32", "nobody's address"),
        ("999.1.1.1", "reads no address"),
    ],
)
def test_what_is_no_entry_says_why(line: str, reason: str) -> None:
    text = text_of(migrate, f"192.0.2.1\n{line}\n", names=["portsentry.ignore"])
    assert reason in why(text, line.strip())


def test_ignoring_everybody_means_observing() -> None:
    text = text_of(migrate, 'BLOCK_TCP="1"\nBLOCK_UDP="1"\n', "0.0.0.0/0\n", names=["p.conf", "p.ignore"])
    assert section_of(text, PolicySettings).mode == "observe"
