"""The service serves the page itself, and has it started again as the configuration says by then."""

import contextlib
import os
import signal
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from tests.e2e.service_host import ServiceHost, serving

pytestmark = pytest.mark.kernel
FIRST, SECOND = "first/page.sock", "second/page.sock"


def part(host: ServiceHost, name: str) -> int | None:
    """Find the process of a part of the service by the name that it shows."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines())
            if status["Name"] == f"scanw-{name}" and int(status["PPid"]) == host.program.pid:
                return int(folder.name)
    return None


def test_a_page_that_is_started_again_has_the_settings_of_then(lab: Lab, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a token that nobody uses")
    token.chmod(0o600)
    web = f'[web]\nenabled = true\ntoken_file = "{token}"\nlisten = "unix:FOLDER/{FIRST}"\n'
    with serving(lab, 'mode = "observe"', more=f'page_socket = "FOLDER/page.sock"\n{web}') as host:
        host.wait((host.folder / FIRST).is_socket)
        host.file.write_text(host.file.read_text().replace(FIRST, SECOND))
        page = part(host, "page")
        assert page is not None
        os.kill(page, signal.SIGKILL)
        host.wait((host.folder / SECOND).is_socket)
