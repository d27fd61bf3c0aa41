"""Lists in every form that people publish them."""

from pathlib import Path

import pytest

from scanwarden.enrich import lists
from scanwarden.enrich.lists import read_list
from scanwarden.errors import ConfigError
from scanwarden.model.address import Address


def written(folder: Path, text: str) -> Path:
    path = folder / "drop.txt"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("line", "inside", "outside"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("192.0.2.0/24 ; SBL1", "192.0.2.200", "192.0.3.1"),
        ("192.0.2.0/24 # why", "192.0.2.200", "192.0.3.1"),
        ("192.0.2.0\t192.0.2.255\t24\t1100\tNAME", "192.0.2.9", "192.0.3.9"),
        ("192.0.2.5 - 192.0.2.9", "192.0.2.8", "192.0.2.10"),
        ('"2001:db8::/32",2026-01-02', "2001:db8::1", "2001:db9::1"),
        ("192.0.2.7,score 9", "192.0.2.7", "192.0.2.6"),
        ("  192.0.2.7  ", "192.0.2.7", "192.0.2.6"),
    ],
)
def test_a_line_is_read(tmp_path: Path, line: str, inside: str, outside: str) -> None:
    read = read_list(written(tmp_path, f"# heading\n\n{line}\n"))
    assert read.table.match(Address.parse(inside)) is not None
    assert read.table.match(Address.parse(outside)) is None
    assert read.wrong_lines == 0


def test_what_follows_is_the_name_of_a_research_scanner(tmp_path: Path) -> None:
    read = read_list(
        written(tmp_path, "192.0.2.0/24 Example University\n198.51.100.1, Other\x1b[2J\n"), with_names=True
    )
    found = [read.table.match(Address.parse(address)) for address in ("192.0.2.1", "198.51.100.1")]
    assert [label for _, label in filter(None, found)] == ["Example University", r"Other\x1b[2J"]


def test_headings_are_counted_and_a_file_of_nothing_else_is_refused(tmp_path: Path) -> None:
    assert read_list(written(tmp_path, "Start End Netmask\n192.0.2.7\n")).wrong_lines == 1
    with pytest.raises(ConfigError, match="holds no address"):
        read_list(written(tmp_path, "<html>\nnot found\n"))


@pytest.mark.parametrize(
    "line", ["192.0.2.9 - 192.0.2.5", "192.0.2.1 - 2001:db8::1", "999.1.1.1", "1.2.3.4/99", "0/0x"]
)
def test_a_wrong_line_is_no_entry(tmp_path: Path, line: str) -> None:
    read = read_list(written(tmp_path, f"192.0.2.77\n{line}\n"))
    assert len(list(read.table)) == 1
    assert read.wrong_lines == 1


def test_a_list_has_a_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MAX_ENTRIES", 10)
    with pytest.raises(ConfigError, match="more than 10 entries"):
        read_list(written(tmp_path, "".join(f"192.0.2.{n}\n" for n in range(11))))
