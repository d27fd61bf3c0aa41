"""`watch` in the lab: it finds a real scan, bans the scanner and nobody else, and leaves nothing behind."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from scanwarden import hostcmd
from scanwarden.formats import native
from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.model.detection import Closed, Detection, Opened
from scanwarden.model.records import Banned, Decided, Ready, Record, Unbanned
from tests.replaying import replayed

pytestmark = pytest.mark.kernel

NMAP = "nmap -n -Pn -sS -p1-1000 --max-retries 1 --host-timeout 5s {target}"
KindT = TypeVar("KindT")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Give a lab network, or skip where nmap is missing."""
    if missing := missing_programs([NMAP]):
        pytest.skip(f"needs {', '.join(missing)}")
    with Lab() as running:
        yield running


class Watching:
    """A running `watch --format json` on the guarded host."""

    def __init__(self, program: hostcmd.Background) -> None:
        self._program = program

    def wait_for(self, event: str) -> None:
        self._program.wait_for_line(lambda line: f'"event":"{event}"'.encode() in line, 15.0)

    def end(self, number: int = signal.SIGINT) -> list[Record]:
        """End it with a signal, as well as it should, and give every record."""
        self._program.signal(number)
        assert self._program.wait(20.0) == 0, list(self._program.stderr)
        return [native.decode(line) for line in self._program.stdout]


@contextmanager
def watching(lab: Lab, *options: str) -> Iterator[Watching]:
    """Start `watch` and wait until it captures."""
    command = [sys.executable, "-m", "scanwarden", "watch", "--interface", "eth0", "--format", "json", *options]
    with lab.guarded.start(command) as program:
        running = Watching(program)
        running.wait_for("ready")
        yield running


def of(kind: type[KindT], records: Sequence[Record]) -> list[KindT]:
    return [record for record in records if isinstance(record, kind)]


def tables(lab: Lab) -> str:
    return lab.guarded.run(["nft", "list", "tables"]).text


def told(records: Sequence[Record]) -> list[tuple[str, str, str]]:
    """Give what detections say, without their sensor."""
    return [
        (type(one).__name__, str(one.time), f"{one.source.address} {one.techniques} {one.outcomes} {one.targets}")
        for one in of(Detection, records)
    ]


def test_a_scanner_is_cut_off_and_the_bystander_is_not(lab: Lab, tmp_path: Path) -> None:
    record = tmp_path / "used.pcap"
    with watching(lab, "--enforce", "--record", str(record)) as watch:
        run_command(lab.scanner, NMAP)
        watch.wait_for("ban")
        with pytest.raises(TimeoutError):
            lab.scanner.connect(address4(GUARDED), 22, limit_s=1.0)
        lab.bystander.connect(address4(GUARDED), 22).close()
        records = watch.end()
    (opened,) = of(Opened, records)
    assert (str(opened.source.address), opened.techniques) == (address4(SCANNER), ("tcp_syn",))
    (banned,) = of(Banned, records)
    assert str(banned.source) == f"{address4(SCANNER)}/32"
    assert banned.id == opened.id
    assert len(of(Closed, records)) == 1
    assert [unbanned.reason for unbanned in of(Unbanned, records)] == ["the watch ended"]
    assert "scanwarden" not in tables(lab)
    assert told(replayed(record, home=[address4(GUARDED)])) == told(records)


def test_observing_bans_nobody(lab: Lab) -> None:
    with watching(lab) as watch:
        run_command(lab.scanner, NMAP)
        watch.wait_for("decision")
        lab.scanner.connect(address4(GUARDED), 22).close()
        assert "scanwarden" not in tables(lab)
        records = watch.end(signal.SIGTERM)
    (ready,) = of(Ready, records)
    assert (ready.mode, ready.interfaces) == ("observe", ("eth0",))
    assert f"{address4(GUARDED)}/32" in map(str, ready.home)
    assert {(decided.action, decided.would) for decided in of(Decided, records)} == {("ban", True)}
    assert of(Banned, records) == []


def test_an_allowed_scanner_is_spared_by_name(lab: Lab) -> None:
    with watching(lab, "--enforce", "--allow", f"{address4(SCANNER)}/32") as watch:
        run_command(lab.scanner, NMAP)
        watch.wait_for("decision")
        records = watch.end()
    assert {(one.action, one.reason) for one in of(Decided, records)} == {
        ("spare", f"allowlisted by {address4(SCANNER)}/32")
    }
    assert of(Banned, records) == []


def test_the_bystanders_normal_use_gives_nothing(lab: Lab) -> None:
    with watching(lab, "--enforce") as watch:
        for _ in range(20):
            lab.bystander.connect(address4(GUARDED), 80).close()
        records = watch.end()
    assert of(Detection, records) == []
