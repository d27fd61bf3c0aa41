"""Run the service on the guarded host of a lab, with its own configuration, sockets and database."""

import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from scanwarden import hostcmd
from scanwarden.control.client import ControlClient, ControlError, NotRunningError
from scanwarden.control.views import BanRequest
from scanwarden.daemon.privileges import Account
from scanwarden.errors import RecordError
from scanwarden.formats import native
from scanwarden.lab import Lab
from scanwarden.lab.namespace import Namespace
from scanwarden.model.address import Prefix
from scanwarden.model.records import Record

LIVENESS_S = 60.0  # how long anything may take on a busy machine; figures are printed, never asserted
SCANWARDEN = ("-m", "scanwarden")
WITH_OTHER_FILES = str(Path(__file__).parent / "host_files.py")

R = TypeVar("R", bound=Record)


class ServiceHost:
    """A running service; `files` are pairs `/PLACE=OTHER` of what it sees other than the machine has it."""

    def __init__(
        self,
        lab: Lab,
        folder: Path,
        *,
        policy: str,
        more: str,
        files: Sequence[str],
        program: Sequence[str] = SCANWARDEN,
        on: Namespace | None = None,
    ) -> None:
        more = more.replace("FOLDER", str(folder))
        self.lab = lab
        self.on = on or lab.guarded
        self.folder = folder
        self.file = folder / "scanwarden.toml"
        self.client = ControlClient(folder / "run/admin.sock")
        self.file.write_text(
            f'[policy]\n{policy}\n[store]\npath = "{folder}/db/scanwarden.db"\n[control]\n'
            f'read_socket = "{folder}/run/read.sock"\nadmin_socket = "{folder}/run/admin.sock"\n{more}\n'
        )
        scanwarden = [sys.executable, *(word.replace("FOLDER", str(folder)) for word in program)]
        scanwarden += ["run", "--config", str(self.file), "--format", "json"]
        self.command = [sys.executable, WITH_OTHER_FILES, *files, "--", *scanwarden]
        self.program: hostcmd.Background
        self._running = contextlib.ExitStack()

    def start(self) -> None:
        """Start the service and wait until it answers."""
        self.program = self._running.enter_context(self.on.start(self.command))
        self.wait(lambda: bool(self.client.status()))

    def stop(self) -> None:
        """Have the service end; it must end well and say no traceback."""
        self.program.signal(signal.SIGTERM)
        assert self.program.wait(LIVENESS_S) == 0
        self.close()
        assert not [line for line in self.program.stderr if b"Traceback" in line]

    def close(self) -> None:
        """End whatever still runs."""
        self._running.close()

    def records(self, kind: type[R]) -> list[R]:
        """Return the records of one kind among the last ten thousand that were told."""
        found: list[R] = []
        for line in list(self.program.stdout):
            with contextlib.suppress(RecordError):  # what is no record is looked for when the service has ended
                if isinstance(record := native.decode(line), kind):
                    found.append(record)
        return found

    def wait(self, is_so: Callable[[], bool], *, limit_s: float = LIVENESS_S) -> float:
        """Wait until something is so and return the seconds it took; fail if it seems never to be."""
        began_s = time.monotonic()
        while True:
            with contextlib.suppress(NotRunningError, ControlError):
                if is_so():
                    return time.monotonic() - began_s
            assert time.monotonic() - began_s < limit_s, list(self.program.stderr)[-12:]
            time.sleep(0.01)

    def ban(self, *sources: str, duration_s: int = 600) -> None:
        """Have sources banned by hand."""
        for source in sources:
            self.client.ban(BanRequest(source=Prefix.parse(source), duration_s=duration_s))

    def banned(self) -> set[str]:
        """Return the addresses and networks that `status` says are banned."""
        return {str(ban.source.address) if ban.source.is_single else str(ban.source) for ban in self.client.bans()}

    def nft(self, *words: str) -> str:
        """Run nft on the guarded host, as another program there would, and return what it prints."""
        return self.on.run(["nft", *words], check=False).text

    def in_kernel(self, source: str) -> bool:
        """Ask the kernel for one banned address; nothing of ours is asked."""
        family = "v6" if ":" in source else "v4"
        grades = ("verified", "forgeable")
        return any(
            source in self.nft("get", "element", "inet", "scanwarden", f"{grade}_hosts_{family}", "{", source, "}")
            for grade in grades
        )


def write_earlier(folder: Path, write: Callable[[Path], None]) -> None:
    """Have a database written as an earlier run left it, owned by the user that the service becomes."""
    folder.mkdir(mode=0o700)
    write(folder / "scanwarden.db")
    account = Account()
    for path in (folder, *folder.iterdir()):
        os.chown(path, account.uid, account.gid)


@contextlib.contextmanager
def serving(
    lab: Lab,
    policy: str = 'mode = "enforce"',
    *,
    more: str = "",
    files: Sequence[str] = (),
    logs: Sequence[str] = (),
    earlier: Callable[[Path], None] | None = None,
    program: Sequence[str] = SCANWARDEN,
    on: Namespace | None = None,
) -> Iterator[ServiceHost]:
    """Keep a service running on the guarded host for the length of the block; it must end well and say no traceback.

    `FOLDER` in `more` stands for a folder of its own, where files (and folders, `N/`) named in `logs` are made first.
    It runs on the guarded host, or `on` another; `program` is what the interpreter runs, if not scanwarden itself.
    """
    # Not below pytest's own folder, which only root may enter.
    with tempfile.TemporaryDirectory(prefix="scanwarden-") as folder:
        Path(folder).chmod(0o755)
        host = ServiceHost(lab, Path(folder), policy=policy, more=more, files=files, program=program, on=on)
        if earlier is not None:
            write_earlier(Path(folder) / "db", earlier)
        try:
            for name in logs:
                place = Path(folder) / name
                place.mkdir() if name.endswith("/") else place.touch()
            host.start()
            yield host
            host.stop()
        finally:
            host.close()
            host.on.run(["nft", "flush", "ruleset"])
