from pathlib import Path

import pytest

from scanwarden.errors import BanError, ResponderError
from scanwarden.model.address import Prefix
from scanwarden.responders.hosts_deny import BEGIN, END, HostsDenyResponder, written
from tests.unit.responders.samples import ban_of

FOREIGN = b"# mine \xff\nsshd: 198.51.100.1\n"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.0/24", "192.0.2.0/255.255.255.0"),
        ("2001:db8::7", "[2001:db8::7]"),
        ("2001:db8::/64", "[2001:db8::]/64"),
    ],
)
def test_sources_are_written_as_hosts_access_wants_them(source: str, text: str) -> None:
    assert written(Prefix.parse(source)) == text


def test_only_our_block_changes_and_cleanup_restores_the_file_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "hosts.deny"
    file.write_bytes(FOREIGN)
    file.chmod(0o640)
    responder = HostsDenyResponder(file)
    responder.prepare()
    responder.ban([ban_of("192.0.2.7"), ban_of("2001:db8::7")])
    assert file.read_bytes() == FOREIGN + BEGIN + b"ALL: 192.0.2.7\nALL: [2001:db8::7]\n" + END
    with file.open("ab") as opened:
        opened.write(b"sshd: 198.51.100.2\n")
    responder.unban([Prefix.parse("192.0.2.7")])
    assert responder.is_in_force(Prefix.parse("2001:db8::7"))
    responder.cleanup()
    assert file.read_bytes() == FOREIGN + b"sshd: 198.51.100.2\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["hosts.deny"]


def test_the_deny_form_may_stand_in_hosts_allow(tmp_path: Path) -> None:
    file = tmp_path / "hosts.allow"
    responder = HostsDenyResponder(file, form="deny")
    responder.prepare()
    responder.ban([ban_of("192.0.2.7")])
    assert b"ALL: 192.0.2.7 : DENY\n" in file.read_bytes()


def test_the_file_stays_bounded_and_bans_end(tmp_path: Path) -> None:
    file, now_s = tmp_path / "hosts.deny", [1000]
    responder = HostsDenyResponder(file, max_bans=5, now_ns=lambda: now_s[0] * 10**9)
    responder.prepare()
    for last in range(1, 21):
        responder.ban([ban_of(f"192.0.2.{last}", duration_s=60 + last)])
        assert file.read_bytes().count(b"ALL:") <= 5
    now_s[0] += 79
    responder.refresh()
    assert file.read_bytes() == BEGIN + b"ALL: 192.0.2.20\n" + END


def test_what_a_dead_run_left_goes_with_the_next_one(tmp_path: Path) -> None:
    file = tmp_path / "hosts.deny"
    HostsDenyResponder(file).prepare()
    HostsDenyResponder(file).ban([ban_of("192.0.2.7")])
    HostsDenyResponder(file).prepare()
    assert file.read_bytes() == BEGIN + END


@pytest.mark.parametrize("damage", [b"", FOREIGN, FOREIGN + BEGIN + b"ALL: 192.0.2.9\nsshd: 198.51.100.3\n"])
def test_damage_is_repaired_without_losing_foreign_lines(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "hosts.deny"
    responder = HostsDenyResponder(file)
    responder.prepare()
    responder.ban([ban_of("192.0.2.7")])
    file.write_bytes(damage)
    assert not responder.is_intact()
    responder.prepare()
    assert responder.is_intact()
    content = file.read_bytes()
    assert content.count(b"ALL:") == 1
    assert all(line in content for line in damage.splitlines() if line.startswith((b"sshd", b"# mine")))


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "hosts.deny").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ResponderError, match="cannot be read"):
        HostsDenyResponder(tmp_path / "hosts.deny").prepare()
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_a_file_that_cannot_be_written_is_a_failed_ban(tmp_path: Path) -> None:
    responder = HostsDenyResponder(tmp_path / "absent" / "hosts.deny")
    assert any("the right to write" in obstacle.lacks for obstacle in responder.check())
    with pytest.raises(BanError, match="cannot be written"):
        responder.ban([ban_of("192.0.2.7")])
    assert responder.active_count == 0
