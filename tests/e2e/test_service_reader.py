"""The service follows a log that is root's alone, through its rotation."""

from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.model.detection import Opened
from tests.e2e.service_host import ServiceHost, serving
from tests.loglines import dropped

pytestmark = pytest.mark.kernel
FIRST, SECOND = "198.51.100.7", "198.51.100.8"


def add(log: Path, source: str) -> None:
    """Log that a source was refused at ten ports; the file, if it is new, is root's alone."""
    log.touch(mode=0o600)
    with log.open("a", encoding="ascii") as file:
        file.writelines(dropped(port, source=source, at_s=port / 10) for port in range(1, 11))


def found(host: ServiceHost) -> set[str]:
    return {str(scan.source.address) for scan in host.records(Opened)}


@pytest.mark.parametrize("folder_mode", [0o755, 0o700])
def test_what_a_log_of_root_alone_says_after_its_rotation_is_seen(lab: Lab, folder_mode: int) -> None:
    more = '[logs]\nfiles = ["FOLDER/log/messages"]\n'
    with serving(lab, 'mode = "observe"', more=more, logs=["log/", "log/messages"]) as host:
        log = host.folder / "log/messages"
        log.chmod(0o600)
        log.parent.chmod(folder_mode)
        add(log, FIRST)
        host.wait(lambda: FIRST in found(host))
        log.rename(log.with_name("messages.1"))
        add(log, SECOND)
        host.wait(lambda: SECOND in found(host))
