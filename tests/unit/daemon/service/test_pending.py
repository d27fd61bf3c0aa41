"""A reload names each setting that it does not put into effect, and who must be started anew for it."""

from pathlib import Path

import pytest

from scanwarden.config import Settings, load
from scanwarden.config.registry import declarations
from scanwarden.daemon.service.pending import _READ_BY, pending
from tests.conftest import REPOSITORY

BEFORE = '[policy]\nmode = "observe"\n'


def settings_of(folder: Path, text: str) -> Settings:
    file = folder / "scanwarden.toml"
    file.write_text(text)
    return load(file, {})


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (BEFORE, ()),
        (BEFORE + '[detector]\nhalf_life = "12 h"\n', ()),
        (BEFORE + 'allowlist = ["192.0.2.7"]\n[watch]\npromiscuous = true\n', ()),
        (
            BEFORE + '[store]\npath = "/srv/s.db"\nqueue = 2000\n',
            (
                "[store] path takes effect at the next start of scanwarden",
                "[store] queue takes effect at the next start of scanwarden",
            ),
        ),
        (
            BEFORE + '[responders]\nenabled = ["iptables"]\n[responders.iptables]\ncapacity = 1000\n',
            (
                "[responders] enabled takes effect at the next start of scanwarden",
                "[responders.iptables] capacity takes effect at the next start of scanwarden",
            ),
        ),
        (
            BEFORE + "[sinks.jsonl]\nenabled = true\n",
            ("[sinks.jsonl] enabled takes effect at the next start of scanwarden-courier",),
        ),
        (
            '[policy]\nmode = "enforce"\n',
            ("[policy] mode: whether anybody may be banned at all is settled at the start of scanwarden",),
        ),
        (
            BEFORE + '[traps]\ntcp = "2000"\n',
            ("[traps]: traps that accept connections change at the next start of scanwarden-outpost",),
        ),
    ],
)
def test_each_setting_that_waits_is_named_with_whom_it_waits_for(
    tmp_path: Path, after: str, told: tuple[str, ...]
) -> None:
    old = settings_of(tmp_path, BEFORE)
    assert pending(old, settings_of(tmp_path, after)) == told


def test_whoever_is_named_is_a_unit_and_whatever_is_listed_a_table() -> None:
    units = {path.stem for path in (REPOSITORY / "packaging/systemd").glob("*.service")}
    assert {name for names in _READ_BY.values() for name in names.split(" and ")} <= units
    assert set(_READ_BY) <= {one.table.partition(".")[0] for one in declarations()}
