import os
from pathlib import Path

import msgspec
import pytest

from scanwarden.errors import BanError
from scanwarden.model.address import Prefix
from scanwarden.responders.command import CommandResponder, filled
from scanwarden.responders.tool import Arming
from tests.unit.responders.samples import ban_of

HOSTILE = "$(reboot) `id` ; {source} \n ' \" * \x1b[31m"


def logged(tmp_path: Path, *, fails_for: str = "none") -> list[str]:
    """Return a program, written to `tmp_path`, that appends its arguments to a file, one call a line."""
    program = tmp_path / "program"
    program.write_text(
        "#!/usr/bin/env python3\nimport sys, json\n"
        f"open({str(tmp_path / 'calls')!r}, 'a').write(json.dumps(sys.argv[1:]) + chr(10))\n"
        f"sys.exit('no luck' if {fails_for!r} in sys.argv else 0)\n"
    )
    program.chmod(0o755)
    return [str(program)]


def calls(tmp_path: Path) -> list[list[str]]:
    lines = (tmp_path / "calls").read_bytes().splitlines()
    return sorted(msgspec.json.decode(line, type=list[str]) for line in lines)


def test_every_value_stays_one_argument_and_is_not_looked_through_again() -> None:
    arming = Arming(
        Prefix.parse("192.0.2.0/24"), 1500, spare_established=True, scan="sw-0000000000000001", reason=HOSTILE
    )
    words = ["ban", "{source}", "--for={duration_s}", "{spare}", "{reason}", "{scan}", "{other}"]
    assert filled(words, arming) == ["ban", "192.0.2.0/24", "--for=2", "1", HOSTILE, "sw-0000000000000001", "{other}"]


def test_the_program_is_run_for_each_ban_and_its_end(tmp_path: Path) -> None:
    now_s = [1000]
    program = logged(tmp_path)
    responder = CommandResponder(
        [*program, "ban", "{source}", "{reason}"],
        [*program, "unban", "{source}"],
        user=None,
        now_ns=lambda: now_s[0] * 10**9,
    )
    assert not responder.check()
    hostile = msgspec.structs.replace(ban_of("192.0.2.7", duration_s=5), reason=HOSTILE)
    responder.ban([hostile, ban_of("2001:db8::/64", duration_s=50)])
    now_s[0] += 5
    responder.refresh()
    assert not responder.is_in_force(Prefix.parse("192.0.2.7"))
    responder.cleanup()
    assert calls(tmp_path) == [
        ["ban", "192.0.2.7", HOSTILE],
        ["ban", "2001:db8::/64", "test"],
        ["unban", "192.0.2.7"],
        ["unban", "2001:db8::/64"],
    ]


def test_a_program_that_fails_is_a_failed_ban_and_undoes_its_companions(tmp_path: Path) -> None:
    program = logged(tmp_path, fails_for="192.0.2.9")
    responder = CommandResponder([*program, "ban", "{source}"], [*program, "unban", "{source}"], user=None)
    with pytest.raises(BanError, match="no luck"):
        responder.ban([ban_of("192.0.2.7"), ban_of("192.0.2.9")])
    assert responder.active_count == 0
    assert ["unban", "192.0.2.7"] in calls(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_the_program_has_no_rights_and_a_time_limit() -> None:
    unprivileged = CommandResponder(["cat", "/etc/shadow"], ["true"])
    with pytest.raises(BanError, match="Permission denied"):
        unprivileged.ban([ban_of("192.0.2.7")])
    slow = CommandResponder(["sleep", "60"], ["true"], limit_s=0.2)
    with pytest.raises(BanError, match=r"did not end within 0\.2 s"):
        slow.ban([ban_of("192.0.2.7")])


@pytest.mark.parametrize(("ban", "unban"), [([], []), (["/no/such/program"], ["true"]), (["true"], ["./relative"])])
def test_a_missing_program_is_said(ban: list[str], unban: list[str]) -> None:
    (obstacle,) = CommandResponder(ban, unban).check()
    assert "[responders.command]" in obstacle.remedy
