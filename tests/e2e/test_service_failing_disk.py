"""The running service on a disk whose every operation fails: scans are found, bans made and kept, and it says so."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import SCANNER, address4
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.model.notice import Notice
from tests.e2e.service_host import ServiceHost, serving
from tests.faultydisk import ERRORS, FaultyDisk

pytestmark = pytest.mark.kernel

NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 0 --min-rate 400 {target}"
SCANNED_FROM = address4(SCANNER)
BEFORE, MEANWHILE = "198.51.100.7", "198.51.100.8"
ON_FAULTY_DISK = (str(Path(__file__).parent / "faulty_disk_host.py"), "FOLDER/db")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    if missing := missing_programs([NMAP]):
        pytest.skip(f"needs {', '.join(missing)}")
    try:
        FaultyDisk(Path("/nowhere"))
    except LookupError as error:
        pytest.skip(str(error))
    with Lab() as running:
        yield running


def kill_brain(host: ServiceHost) -> None:
    os.kill(host.client.status().pid, signal.SIGKILL)


def test_bans_need_no_disk_and_what_waited_is_written_when_it_works_again(lab: Lab) -> None:
    with serving(lab, program=ON_FAULTY_DISK) as host:
        failing = host.folder / "db/failing"
        host.ban(BEFORE)
        host.wait(lambda: host.client.status().store.queued == 0)
        failing.write_text(" ".join(ERRORS))
        failing.chmod(0o644)

        run_command(lab.scanner, NMAP)
        host.wait(lambda: host.in_kernel(SCANNED_FROM))
        host.ban(MEANWHILE)
        host.wait(lambda: host.client.status().store.is_degraded)
        store = host.client.status().store
        assert store.dropped == 0
        assert store.queued > 0
        assert f"{host.folder}/db/scanwarden.db: " in (store.reason or "")
        assert host.banned() == {BEFORE, MEANWHILE, SCANNED_FROM}
        assert b"scanwarden_store_degraded 1" in host.client.raw("/metrics")

        kill_brain(host)  # what it could not write down the firewall still knows
        host.wait(lambda: host.banned() == {BEFORE, MEANWHILE, SCANNED_FROM})
        assert all(host.in_kernel(source) for source in (BEFORE, MEANWHILE, SCANNED_FROM))
        host.wait(lambda: host.client.status().store.is_degraded)

        failing.unlink()
        host.wait(lambda: not host.client.status().store.is_degraded)
        host.wait(lambda: host.client.status().store.queued == 0)
        told = [record.text for record in host.records(Notice)]
        assert not [text for text in told if "Traceback" in text]
        kill_brain(host)  # now the database knows them too
        host.wait(lambda: host.banned() == {BEFORE, MEANWHILE, SCANNED_FROM})
    assert not list((host.folder / "db").glob("*.damaged*"))
