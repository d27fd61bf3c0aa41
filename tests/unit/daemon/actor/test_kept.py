"""What must be lifted by hand is known again after a restart, and nobody else's file is believed."""

import time
from pathlib import Path

import pytest

from scanwarden.daemon.actor.kept import KeptBans
from scanwarden.errors import ResponderError
from scanwarden.model.address import Prefix
from scanwarden.responders.ban_clock import Running

NOW_NS = 1_000_000_000_000


def running(source: str, *, ends_ns: int = NOW_NS) -> Running:
    return Running(
        source=Prefix.parse(source),
        ends_ns=ends_ns,
        armed_until_ns=ends_ns,
        forgeable=True,
        spare_established=False,
        scan="sw-00000000000000aa",
        reason="it scans",
    )


def kept_in(folder: Path, *, boot: str = "one") -> KeptBans:
    (folder / "boot").write_text(f"{boot}\n")
    return KeptBans(folder / "command.json", boot_id=folder / "boot")


def test_bans_come_back_as_they_were(tmp_path: Path) -> None:
    bans = [running("192.0.2.1"), running("2001:db8::/64", ends_ns=NOW_NS + 5)]
    kept_in(tmp_path).write(bans)
    assert kept_in(tmp_path).read() == bans
    assert (tmp_path / "command.json").stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"boot", "command.json"}


def test_after_a_reboot_everything_has_ended(tmp_path: Path) -> None:
    kept_in(tmp_path).write([running("192.0.2.1")])
    (ban,) = kept_in(tmp_path, boot="two").read()
    assert (str(ban.source), ban.ends_ns) == ("192.0.2.1/32", 0)


def test_the_file_is_written_only_when_something_changed(tmp_path: Path) -> None:
    kept = kept_in(tmp_path)
    kept.write([running("192.0.2.1")])
    first = (tmp_path / "command.json").stat().st_ino
    kept.write([running("192.0.2.1", ends_ns=NOW_NS + 1_000_000_000)])
    assert (tmp_path / "command.json").stat().st_ino == first
    kept.write([running("192.0.2.1", ends_ns=NOW_NS + 3_000_000_000)])
    kept.write([])
    assert kept_in(tmp_path).read() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"boot": "one"}', b"\xff\xfe", b'{"boot":"one","bans":[{"source":"x","ends_ns":1}]}', b"[" * 5000],
)
def test_a_damaged_file_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "command.json").write_bytes(content)
    assert kept_in(tmp_path).read() == []


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    other = kept_in(tmp_path)
    other.write([running("192.0.2.1")])
    (tmp_path / "command.json").rename(tmp_path / "elsewhere")
    (tmp_path / "command.json").symlink_to(tmp_path / "elsewhere")
    assert kept_in(tmp_path).read() == []


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    kept = KeptBans(tmp_path / "none/command.json")
    with pytest.raises(ResponderError, match="cannot be written"):
        kept.write([running("192.0.2.1", ends_ns=time.monotonic_ns())])
