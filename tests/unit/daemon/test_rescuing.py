"""What a responder holds is lifted although nobody looks after it."""

from pathlib import Path

from scanwarden.config import Settings, load
from scanwarden.daemon.actor.kept import KeptBans
from scanwarden.daemon.actor.part import kept_in
from scanwarden.daemon.rescuing import lift_all
from scanwarden.responders.ban_clock import Running
from scanwarden.responders.hosts_deny import HostsDenyResponder
from tests.unit.responders.samples import ban_of

SOURCE = "192.0.2.7"


def settings_of(folder: Path) -> Settings:
    program = folder / "unban"
    program.write_text(f'#!/bin/sh\necho "$1" >> {folder}/lifted\n')
    program.chmod(0o755)
    file = folder / "scanwarden.toml"
    file.write_text(
        f'[store]\npath = "{folder}/db/scanwarden.db"\n[responders]\nenabled = ["hosts_deny", "command"]\n'
        f'[responders.hosts_deny]\nfile = "{folder}/hosts.deny"\n'
        f'[responders.command]\nban = ["/bin/true"]\nunban = ["{program}", "{{source}}"]\nuser = "root"\n'
    )
    return load(file, {})


def lifted(name: str, settings: Settings, folder: Path) -> str:
    return lift_all(name, settings, run=folder / "run", helper=folder / "run-helper/helper.sock")


def test_lines_of_ours_leave_the_file_and_those_of_others_stay(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    file = tmp_path / "hosts.deny"
    file.write_text("sshd: 203.0.113.9\n")
    HostsDenyResponder(file).ban([ban_of(SOURCE)])
    assert SOURCE in file.read_text()
    assert "no ban of scanwarden is in force in hosts_deny" in lifted("hosts_deny", settings, tmp_path)
    assert file.read_text() == "sshd: 203.0.113.9\n"


def test_a_program_is_told_the_end_of_what_a_killed_actor_wrote_down(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    kept_in(settings).mkdir()
    ban = ban_of(SOURCE)
    running = Running(
        source=ban.source, ends_ns=1 << 62, armed_until_ns=1 << 62, forgeable=False, spare_established=False
    )
    KeptBans(kept_in(settings) / "command.json").write([running])
    lifted("command", settings, tmp_path)
    assert (tmp_path / "lifted").read_text() == f"{SOURCE}\n"
