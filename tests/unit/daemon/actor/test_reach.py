"""Who leads, who follows and who acts follows from the names that are enabled."""

from pathlib import Path

import pytest

from scanwarden.config import Settings, load
from scanwarden.daemon.actor.part import confines_of, kept_capabilities, wants_actor
from scanwarden.daemon.actor.reach import acted, actor_socket, following, leading, line_to, remote, traits_of
from scanwarden.daemon.privileges import CAP_KILL, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SETGID, CAP_SETUID

RUN = Path("/run/scanwarden")


def settings_with(folder: Path, names: str, *, mode: str = "enforce") -> Settings:
    file = folder / "scanwarden.toml"
    file.write_text(
        f'[policy]\nmode = "{mode}"\n[responders]\nenabled = [{names}]\n'
        '[responders.command]\nban = ["/bin/true"]\nunban = ["/bin/true"]\nat_once = 3\n'
    )
    return load(file, {})


@pytest.mark.parametrize(
    ("names", "leader", "followers", "actors"),
    [
        ('"nftables"', "nftables", (), ()),
        ('"hosts_deny", "nftables"', "nftables", ("hosts_deny",), ("hosts_deny",)),
        ('"iptables", "hosts_deny"', "iptables", ("hosts_deny",), ("iptables", "hosts_deny")),
        ('"dry_run", "route"', "route", ("dry_run",), ("route",)),
        ('"dry_run"', "dry_run", (), ()),
    ],
)
def test_nftables_leads_and_else_the_first_that_enforces(
    tmp_path: Path, names: str, leader: str, followers: tuple[str, ...], actors: tuple[str, ...]
) -> None:
    settings = settings_with(tmp_path, names)
    assert (leading(settings), following(settings), acted(settings)) == (leader, followers, actors)
    assert wants_actor(settings) is bool(actors)
    assert not wants_actor(settings_with(tmp_path, names, mode="observe"))


def test_each_responder_is_reached_by_its_name_and_a_rehearsal_by_nothing(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, '"nftables", "command", "dry_run"')
    for name in ("nftables", "command", "dry_run"):
        line = line_to(name, settings, run=RUN, helper=Path("/run/helper.sock"))
        assert (line is None) is (name == "dry_run")
        assert remote(name, settings, line).name == name
    assert actor_socket(RUN, "command") == Path("/run/scanwarden-actor/command.sock")
    assert traits_of("command", settings).max_per_call == 3


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ('"hosts_deny"', ()),
        ('"firewalld"', ()),
        ('"iptables", "route"', (CAP_NET_ADMIN, CAP_NET_RAW)),
        ('"command"', (CAP_KILL, CAP_SETGID, CAP_SETUID)),
    ],
)
def test_root_keeps_only_what_its_responders_need(tmp_path: Path, names: str, kept: tuple[int, ...]) -> None:
    assert kept_capabilities(acted(settings_with(tmp_path, names))) == kept


def test_files_are_confined_unless_a_program_of_the_operators_runs(tmp_path: Path) -> None:
    confines = confines_of(settings_with(tmp_path, '"hosts_deny"'), tmp_path)
    assert confines.write == (tmp_path, Path("/etc"))
    assert not confines.has_all_files
    assert confines_of(settings_with(tmp_path, '"command"'), tmp_path).has_all_files
