"""A responder is chosen by its name, and made with the settings of its section."""

import os
import pwd
from pathlib import Path
from typing import get_args

import pytest

from scanwarden.config import load
from scanwarden.config.sections.responders import ResponderName
from scanwarden.daemon.responders import RESPONDERS, choose_responder, configured_responders
from scanwarden.errors import BanError, ResponderError
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.keeper import Keeper
from tests.unit.responders.samples import ban_of


@pytest.mark.parametrize("name", RESPONDERS)
def test_each_name_gives_the_responder_that_bears_it(name: str, tmp_path: Path) -> None:
    responder = choose_responder(name, protected=PrefixTable(), hosts_deny=tmp_path / "hosts.deny")
    assert responder.name == name
    responder.close()


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ResponderError, match="no responder 'fax'"):
        choose_responder("fax", protected=PrefixTable(), hosts_deny=tmp_path / "hosts.deny")


ALL = get_args(ResponderName)


def test_every_responder_that_can_be_named_is_made_in_the_order_named(tmp_path: Path) -> None:
    file = tmp_path / "scanwarden.toml"
    file.write_text(f"[responders]\nenabled = {list(reversed(ALL))}\n")
    made = configured_responders(load(file, {}), protected=PrefixTable())
    assert [responder.name for responder in made] == list(reversed(ALL))


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("nftables", "host_capacity = 16"),
        ("firewalld", "capacity = 16"),
        ("iptables", "capacity = 16"),
        ("hosts_deny", 'capacity = 16\nfile = "{folder}/deny"\nform = "deny"'),
        ("route", "capacity = 16\nmetric = 9"),
    ],
)
def test_each_responder_gets_the_settings_of_its_section(name: str, section: str, tmp_path: Path) -> None:
    file = tmp_path / "scanwarden.toml"
    lines = section.format(folder=tmp_path)
    file.write_text(f'[responders]\nenabled = ["{name}"]\n[responders.{name}]\n{lines}\n')
    (made,) = configured_responders(load(file, {}), protected=PrefixTable())
    assert isinstance(made, Keeper)
    assert made.max_bans == 16


def test_hosts_deny_writes_the_file_and_form_that_are_set(tmp_path: Path) -> None:
    file = tmp_path / "scanwarden.toml"
    deny = tmp_path / "deny"
    file.write_text(
        f'[responders]\nenabled = ["hosts_deny"]\n[responders.hosts_deny]\nfile = "{deny}"\nform = "deny"\n'
    )
    (made,) = configured_responders(load(file, {}), protected=PrefixTable())
    made.prepare()
    made.ban([ban_of("192.0.2.7")])
    assert "ALL: 192.0.2.7 : DENY\n" in deny.read_text()


def test_a_command_has_the_time_that_is_set(tmp_path: Path) -> None:
    file = tmp_path / "scanwarden.toml"
    user = pwd.getpwuid(os.getuid()).pw_name
    file.write_text(
        f'[responders]\nenabled = ["command"]\n[responders.command]\nuser = "{user}"\n'
        'ban = ["/bin/sleep", "60"]\nunban = ["/bin/true"]\ntime_limit = "100 ms"\n'
    )
    (made,) = configured_responders(load(file, {}), protected=PrefixTable())
    with pytest.raises(BanError, match=r"did not end within 0\.1 s"):
        made.ban([ban_of("192.0.2.7")])
