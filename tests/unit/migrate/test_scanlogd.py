"""scanlogd has no settings: its line is carried over, and every line of a file is remarked upon."""

import pytest

from scanwarden.config.sections.policy import PolicySettings
from scanwarden.config.sections.sinks_syslog import SyslogSettings
from scanwarden.migrate.scanlogd import migrate
from tests.unit.migrate.migrated import section_of, text_of, why


def test_its_line_goes_on_being_written_and_nobody_is_banned() -> None:
    text = text_of(migrate, "# nothing\n")
    syslog = section_of(text, SyslogSettings)
    assert (syslog.enabled, syslog.format, syslog.facility) == (True, "scanlogd", "daemon")
    assert section_of(text, PolicySettings).mode == "observe"


@pytest.mark.parametrize(
    ("line", "reason"),
    [("DAEMON=/usr/sbin/scanlogd", "has no settings"), ("-A INPUT -m psd --psd-delay-threshold 300", "tripwire")],
)
def test_every_line_is_remarked_upon(line: str, reason: str) -> None:
    assert reason in why(text_of(migrate, f"{line}\n"), line)
