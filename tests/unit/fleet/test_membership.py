"""The files of a member are written once, read back, and named when they are wrong."""

from pathlib import Path

import pytest

from scanwarden.fleet.errors import FleetError, MessageError
from scanwarden.fleet.hosts import JoinToken
from scanwarden.fleet.keys import SigningKey, Verifier
from scanwarden.fleet.membership import Mark, Membership


def test_an_authority_and_a_member_are_read_back(tmp_path: Path) -> None:
    correlator, host = Membership(tmp_path / "correlator"), Membership(tmp_path / "host")
    token = correlator.init()
    assert correlator.token() == token
    assert correlator.authority_key().public == token.authority
    key = host.join("web1", JoinToken.parse(str(token)))
    assert (host.host(), host.host_key().public, host.authority()) == ("web1", key.public, token.authority)
    host.verifier().check(b"x", correlator.authority_key().sign(b"x"))
    with pytest.raises(MessageError):
        host.verifier().check(b"x", key.sign(b"x"))
    host.leave()
    with pytest.raises(FleetError, match="has not joined"):
        host.host()


def marks(folder: Path) -> Mark | None:
    return Membership(folder).mark


def test_joining_again_is_noticed_and_a_half_joined_host_has_not_joined(tmp_path: Path) -> None:
    folder, token = tmp_path / "host", JoinToken.new(SigningKey.new().public)
    member = Membership(folder)
    assert marks(folder) is None
    member.join("web1", token)
    first = marks(folder)
    member.leave()
    assert (marks(folder), list(folder.iterdir())) == (None, [])
    member.join("web1", token)
    assert None not in (first, marks(folder))
    assert marks(folder) != first
    (folder / "host.name").unlink()
    assert marks(folder) is None


def test_a_correlator_that_leaves_as_a_host_stays_a_correlator(tmp_path: Path) -> None:
    member = Membership(tmp_path)
    member.join("web1", member.init())
    member.leave()
    assert member.authority() == member.authority_key().public


def test_what_somebody_put_in_the_way_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet/.host.name.part").symlink_to(tmp_path / "victim")
    Membership(tmp_path / "fleet").join("web1", JoinToken.new(SigningKey.new().public))
    assert (tmp_path / "victim").read_text() == "precious"


def test_a_second_joining_or_beginning_is_refused(tmp_path: Path) -> None:
    member = Membership(tmp_path)
    token = member.init()
    member.join("web1", token)
    with pytest.raises(FleetError, match="exists"):
        member.join("web2", token)
    with pytest.raises(FleetError, match="exists"):
        member.init()


@pytest.mark.parametrize("name", ["", "Web1", "-x", "a b", "x" * 64, "../x"])
def test_a_name_that_cannot_be_is_refused_and_leaves_no_key(tmp_path: Path, name: str) -> None:
    with pytest.raises(FleetError, match="cannot name a host"):
        Membership(tmp_path).join(name, JoinToken.new(bytes(32)))
    assert not (tmp_path / "host.key").exists()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    SigningKey.new().save(path)
    path.chmod(0o644)
    with pytest.raises(FleetError, match="can be read by others"):
        SigningKey.load(path)


@pytest.mark.parametrize("content", [b"", b"AAAA\n", b"not base64!\n"])
def test_a_file_without_a_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(FleetError, match="holds no key"):
        SigningKey.load(path)


def test_what_is_no_public_key_is_refused() -> None:
    with pytest.raises(MessageError):
        Verifier(b"short")
