"""With the tripwire a scan at its usual speed learns next to nothing.

The full count is `make soak`, which sets SCANWARDEN_WIRE_RUNS.
"""

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from scanwarden.lab import Lab, frames, inject, pcap
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4, mac
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.lab.listeners import DEFAULT_SERVICES
from scanwarden.lab.recording import recording
from scanwarden.lab.traffic import HARMLESS_TRAFFIC
from scanwarden.lab.watching import watching
from scanwarden.model.detection import Opened
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned
from tests.e2e.responders.guard import HTTP, LIVENESS_S, answers, can_connect
from tests.programs import need_programs

pytestmark = pytest.mark.kernel

HIDDEN = 777
WIRE = "scanwarden_tripwire"
MOST_IN_CI = 10
QUICK = {"pages_curl", "ssh_reconnects", "one_mistake", "ping_v6", "traceroute_syn", "outgoing_mistakes"}
NMAP = ["nmap", "-sS", "-n", "-Pn", "-p1-1000"]
RUNS = int(os.environ.get("SCANWARDEN_WIRE_RUNS", "2"))
LONGEST_REPAIR_S = 60.0  # each looks every second; the machine may be busy
# At its usual speed nmap slows down to a probe a second when nothing answers, and what it has found by then is all that
# it will find: it is ended after ten seconds, and what it was answered is read from the wire.
COMMAND = [*NMAP, "--host-timeout", "10s", address4(GUARDED)]
SYN_ACK = 0x12


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(services=(*DEFAULT_SERVICES, f"http:{HIDDEN}")) as running:
        yield running


class Answers(NamedTuple):
    """What the guarded host told a scanner, read from the wire: ports that answered at all, and open ones."""

    ports: set[int]
    open_ports: set[int]


def answers_in(capture: Path) -> Answers:
    """Read which TCP ports of the guarded host sent anything to the scanner."""
    answers = Answers(set(), set())
    addresses = frames.packed(address4(GUARDED)) + frames.packed(address4(SCANNER))
    for _, frame in pcap.read_pcap(capture):
        body = frame[14:]
        if frame[12:14] == b"\x08\0" and body[9] == 6 and body[12:20] == addresses:
            port = int.from_bytes(body[20:22], "big")
            answers.ports.add(port)
            if body[33] & SYN_ACK == SYN_ACK:
                answers.open_ports.add(port)
    return answers


def scanned(lab: Lab, folder: Path, *options: str) -> list[Answers]:
    """Scan again and again, each time under a fresh watch, and return what each scan was told."""
    found = []
    for run in range(RUNS):
        capture = folder / f"{len(options)}-{run}.pcap"
        with watching(lab.guarded, "--enforce", *options) as watcher:
            with recording(lab.guarded, capture):
                lab.scanner.run(COMMAND, limit_s=60)
            watcher.wait_for(Banned, limit_s=60)
            told = watcher.finish()
        assert not [record for record in told if isinstance(record, Notice) and record.kind.startswith("tripwire")]
        found.append(answers_in(capture))
    return found


def test_a_scan_gets_at_most_ten_answers_and_does_not_find_the_hidden_port(lab: Lab, tmp_path: Path) -> None:
    with_wire, without = scanned(lab, tmp_path, "--tripwire"), scanned(lab, tmp_path)
    for name, runs in (("with", with_wire), ("without", without)):
        counts = sorted(len(one.ports) for one in runs)
        hidden = sum(HIDDEN in one.open_ports for one in runs)
        print(  # noqa: T201 figures for whoever runs this
            f"{RUNS} runs of nmap -sS -p1-1000 {name} the tripwire: ports answered {counts}, "
            f"median {statistics.median(counts):g}; port {HIDDEN} found in {hidden}"
        )
    assert 1 <= statistics.median(len(one.ports) for one in with_wire) <= 10
    assert sum(HIDDEN in one.open_ports for one in with_wire) <= 1


def test_a_burst_forged_in_the_name_of_a_visitor_does_not_cut_it_off(lab: Lab) -> None:
    visitor, target = address4(BYSTANDER), address4(GUARDED)
    ethernet = (frames.mac_bytes(mac(GUARDED)), frames.mac_bytes(mac(SCANNER)))
    forged = [frames.packet(visitor, target, frames.Tcp(40_000, port)) for port in range(2000, 2012)]
    with watching(lab.guarded, "--enforce", "--tripwire") as watcher:
        with lab.bystander.connect(target, HTTP) as recent:
            assert answers(recent, limit_s=LIVENESS_S)
        with lab.bystander.connect(target, HTTP) as established:
            assert answers(established, limit_s=LIVENESS_S)
            inject.send_frames(lab.scanner, [frames.ethernet(*ethernet, packet) for packet in forged])
            ban = watcher.wait_for(Banned, limit_s=LIVENESS_S)
            # What the wire and the ban leave alone is every connection there is; new ones wait a minute at most.
            assert (str(ban.source.address), ban.forgeable, ban.duration_s) == (visitor, True, 60)
            assert visitor not in lab.guarded.run(["nft", "list", "set", "inet", WIRE, "tripped_v4"]).text
            assert answers(established, limit_s=LIVENESS_S)


def test_harmless_programs_leave_the_wire_untouched(lab: Lab) -> None:
    chosen = [one for one in HARMLESS_TRAFFIC if RUNS > MOST_IN_CI or one.name in QUICK]
    need_programs(*missing_programs([one.command for one in chosen]))
    with watching(lab.guarded, "--enforce", "--tripwire") as watcher:
        for one in chosen:
            run_command(lab.guarded if one.runs_on_guarded else lab.scanner, one.command, limit_s=LIVENESS_S)
            for family in ("v4", "v6"):
                assert "elements" not in lab.guarded.run(["nft", "list", "set", "inet", WIRE, f"tripped_{family}"]).text
        told = watcher.finish()
    assert not [record for record in told if isinstance(record, Banned | Opened)]


def test_the_end_of_the_watch_takes_the_wire_away(lab: Lab) -> None:
    with watching(lab.guarded, "--enforce", "--tripwire") as watcher:
        assert "scanwarden_tripwire" in lab.guarded.run(["nft", "list", "tables"]).text
        watcher.finish()
    assert "scanwarden" not in lab.guarded.run(["nft", "list", "tables"]).text


def test_a_flushed_wire_is_set_again(lab: Lab) -> None:
    with watching(lab.guarded, "--enforce", "--tripwire") as watcher:
        lab.guarded.run(["nft", "flush", "ruleset"])
        wanted = {"tripwire_repaired"}  # the table of bans may be owned, and then it was not flushed
        deadline = time.monotonic() + LONGEST_REPAIR_S
        while not wanted <= {notice.kind for notice in watcher.of(Notice)} and time.monotonic() < deadline:
            time.sleep(0.05)
        assert wanted <= {notice.kind for notice in watcher.of(Notice)}
        assert "scanwarden_tripwire" in lab.guarded.run(["nft", "list", "tables"]).text
    assert can_connect(lab.bystander, address4(GUARDED))
