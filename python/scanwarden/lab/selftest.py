"""Try detection and ban on this kernel with a scan of our own, in namespaces of our own."""

import contextlib
import socket
import time
from collections.abc import Callable

from msgspec import Struct

from scanwarden.errors import ScanwardenError
from scanwarden.hostcmd import HostCommandError
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4
from scanwarden.lab.firewall import ban_in_force
from scanwarden.lab.names import sweep
from scanwarden.lab.namespace import Namespace
from scanwarden.lab.network import Lab
from scanwarden.lab.watching import watching
from scanwarden.model.detection import Opened
from scanwarden.model.records import Banned

PORTS = range(1, 41)
LIMIT_S = 20.0
_CONNECT_LIMIT_S = 1.0
_OPEN_PORT = 80


class Step(Struct, frozen=True, kw_only=True):
    """One thing that was tried."""

    works: bool
    text: str


def run_selftest(took: Callable[[Step], None]) -> None:
    """Tell each step as it is done and stop at the first that fails; raises ScanwardenError if there is no lab."""
    sweep()
    with Lab() as lab:
        try:
            _play(lab, took)
        except (ScanwardenError, TimeoutError) as error:
            took(Step(works=False, text=str(error)))


def _play(lab: Lab, took: Callable[[Step], None]) -> None:
    took(Step(works=True, text="two hosts in namespaces of their own, and one between them that scans"))
    began_s = time.monotonic()
    with watching(lab.guarded, "--enforce") as watcher:
        took(Step(works=True, text=f"packets are captured (ready after {time.monotonic() - began_s:.1f} s)"))
        _knock(lab.scanner)
        opened = watcher.wait_for(Opened, limit_s=LIMIT_S)
        is_right = str(opened.source.address) == address4(SCANNER)
        who = f"{opened.source.address} ({', '.join(opened.techniques)})"
        took(Step(works=is_right, text=f"the scan is detected and laid to {who}"))
        try:
            watcher.wait_for(Banned, limit_s=LIMIT_S)
        except HostCommandError:
            took(Step(works=False, text="no ban followed the detection"))
            return
        is_in_force = ban_in_force(lab.guarded, address4(SCANNER)) is not None
        took(Step(works=is_in_force, text="the ban is in the kernel's nftables set, with its time-out"))
        took(Step(works=not _answers(lab.scanner), text="the scanner is cut off"))
        took(Step(works=_answers(lab.bystander), text=f"a bystander ({address4(BYSTANDER)}) is not"))
        watcher.finish()


def _knock(scanner: Namespace) -> None:
    """Try some ports, as a connect scan does; the ban may come in between."""
    for port in PORTS:
        with (
            contextlib.suppress(TimeoutError, ConnectionError),
            scanner.connect(address4(GUARDED), port, limit_s=_CONNECT_LIMIT_S / 10),
        ):
            pass


def _answers(host: Namespace) -> bool:
    """Say whether a host gets through to the guarded host's server."""
    try:
        with host.connect(address4(GUARDED), _OPEN_PORT, limit_s=_CONNECT_LIMIT_S) as connection:
            connection.shutdown(socket.SHUT_WR)
            return True
    except (TimeoutError, ConnectionError):
        return False
