"""The scheduled audit in a running service: what appears is told, what is accepted is quiet, what is learnt is said."""

import contextlib
import html
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.requests import Request

from scanwarden.audit.desk import AuditView
from scanwarden.config import load
from scanwarden.config.sections.store import StoreSettings
from scanwarden.config.sections.web import WebSettings
from scanwarden.control.client import ControlClient, ControlError, NotRunningError
from scanwarden.control.encoding import decode
from scanwarden.lab import Lab
from scanwarden.lab.addresses import SCANNER, address4
from scanwarden.lab.commands import run_command
from scanwarden.store import Reader
from scanwarden.web.pages.audit import interfaces_of, notices_of
from scanwarden.web.rendering import Rendering
from tests.e2e.audit.exposed_host import running

pytestmark = pytest.mark.kernel
LIVENESS_S = 60.0


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab(services=()) as built, running(built.guarded, {"nginx": ("tcp", "*", 80)}):
        yield built


class Audited:
    """A service that audits its host; `expected` is what its configuration says."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.file = folder / "scanwarden.toml"
        self.client = ControlClient(folder / "run/admin.sock")

    def expect(self, *entries: str) -> None:
        listed = ", ".join(f'"{entry}"' for entry in entries)
        self.file.write_text(
            f'[audit]\nexpected = [{listed}]\n[store]\npath = "{self.folder}/db/scanwarden.db"\n[control]\n'
            f'read_socket = "{self.folder}/run/read.sock"\nadmin_socket = "{self.folder}/run/admin.sock"\n'
        )

    def wait(self, is_so: Callable[[], bool]) -> float:
        began_s = time.monotonic()
        while True:
            with contextlib.suppress(NotRunningError, ControlError):
                if is_so():
                    return time.monotonic() - began_s
            assert time.monotonic() - began_s < LIVENESS_S, [*self.program.stdout, *self.program.stderr][-20:]
            time.sleep(0.1)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        command = [sys.executable, "-m", "scanwarden", "run", "--config", str(self.file), "--format", "json"]
        with self.lab.guarded.start(command) as self.program:
            self.wait(lambda: bool(self.client.status()))
            yield
            self.program.signal(signal.SIGTERM)
            assert self.program.wait(LIVENESS_S) == 0

    def notices(self) -> list[str]:
        found = [re.search(rb'"kind":"audit_drift".*?"text":"(.*?)"', line) for line in self.program.stdout]
        return [match[1].decode() for match in found if match]

    def status(self) -> str:
        socket = str(self.folder / "run/read.sock")
        done = self.lab.guarded.run([sys.executable, "-m", "scanwarden", "status", "--socket", socket], check=False)
        return done.text + done.stderr.decode()

    def asked(self, *words: str) -> str:
        """Ask the store, as root does while the service runs."""
        command = [sys.executable, "-m", "scanwarden", *words, "--config", str(self.file)]
        return self.lab.guarded.run(command, check=False).text

    def surveyed(self, port: int) -> bool:
        survey = self.folder / "db/audit.json"
        return survey.exists() and f'"port":{port},' in survey.read_text()


def audit_page(audited: Audited) -> str:
    """Give the page of the audit as it is served."""
    settings = load(audited.file, {})
    view = decode(audited.client.raw("/audit"), AuditView)
    openings = view.survey.openings if view.survey is not None else ()
    with Reader(settings.of(StoreSettings).path) as reader:
        told = {
            "view": view,
            "openings": [(one, interfaces_of(one)) for one in openings],
            "notices": notices_of(reader),
        }
    scope = {"type": "http", "method": "GET", "path": "/audit", "headers": [], "query_string": b""}
    request = Request({**scope, "state": {"session": None}})
    answer = Rendering(settings.of(WebSettings)).page(request, "audit.html", told)
    return html.unescape(bytes(answer.body).decode())


@pytest.fixture
def audited(lab: Lab) -> Iterator[Audited]:
    with tempfile.TemporaryDirectory(prefix="scanwarden-") as folder:
        Path(folder).chmod(0o755)
        yield Audited(lab, Path(folder))


def test_a_new_listener_is_told_within_a_minute_and_accepted_it_is_quiet(
    audited: Audited, capsys: pytest.CaptureFixture[str]
) -> None:
    audited.expect("80/tcp")
    with audited.running():
        audited.wait(lambda: audited.surveyed(80))
        with running(audited.lab.guarded, {"postgres": ("tcp", "*", 5432)}):
            took_s = audited.wait(lambda: bool(audited.notices()))
            with capsys.disabled():
                sys.stdout.write(f"\na new listener was told after {took_s:.1f} s\n")
            told = audited.notices()
            assert len(told) == 1
            assert told[0].startswith("5432/tcp (postgres) can be reached by everybody and is not expected")
            assert "5432/tcp" in audited.status()
            run_command(audited.lab.scanner, "nmap -n -Pn -sS -p1-100,5400-5500 {target}")
            sentence = f"1 source learnt that 5432/tcp is open ({address4(SCANNER)}); it is not in your baseline"
            audited.wait(lambda: sentence in " ".join(audited.client.status().audit))
            assert "learnt that 80/tcp" not in audited.status()
            sentence = "1 source learnt that 5432/tcp is open"
            assert sentence in audited.asked("audit", "learnt")
            assert sentence in audited.asked("report").replace("\\", "")
            page = audit_page(audited)
            assert address4(SCANNER) in page.partition('id="learnt"')[2]
            assert "5432/tcp (postgres) can be reached by everybody" in page
            audited.expect("80/tcp", "5432/tcp")
            audited.client.reload()
            audited.wait(lambda: not audited.client.status().audit)
        assert len(audited.notices()) == 1
