"""The kernel tripwire against real scans and real mistakes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.daemon.listening_ports import listening_ports
from scanwarden.lab import Lab, frames, inject, pcap
from scanwarden.lab.addresses import GUARDED as GUARDED_NUMBER
from scanwarden.lab.addresses import SCANNER as SCANNER_NUMBER
from scanwarden.lab.addresses import address4, mac
from scanwarden.lab.recording import recording
from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.nftables_tripwire import NftablesTripwire, TripwireRules
from tests.e2e.responders.guard import (
    GATEWAY,
    GUARDED,
    GUARDED_V6,
    HTTP,
    LIVENESS_S,
    SCANNER,
    SCANNER_V6,
    answers,
    can_connect,
)

pytestmark = pytest.mark.kernel

BYSTANDER = "10.77.1.60"
HIDDEN = 777
CLOSED = range(2000, 2012)
SERVICES = ("ssh:22", "http:80", f"http:{HIDDEN}")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(services=SERVICES) as running:
        yield running


class Wire:
    """A tripwire on the guarded host."""

    def __init__(self, lab: Lab, tripwire: NftablesTripwire) -> None:
        self.lab = lab
        self.tripwire = tripwire

    def set_up(self) -> None:
        self.lab.guarded.visit(lambda: self.tripwire.set_up(listening_ports()))

    def tripped(self) -> list[str]:
        return [str(source.address) for source in self.lab.guarded.visit(self.tripwire.tripped)]


@pytest.fixture
def wire(lab: Lab) -> Iterator[Wire]:
    wire = Wire(lab, NftablesTripwire(protected=PrefixTable({Prefix.parse(GATEWAY): "gateway"})))
    assert not lab.guarded.visit(wire.tripwire.check)
    wire.set_up()
    yield wire
    lab.guarded.visit(wire.tripwire.cleanup)
    assert "scanwarden" not in lab.guarded.run(["nft", "list", "ruleset"]).text


def forge(lab: Lab, source: str, ports: range, *, flags: str = "S") -> None:
    """Send one packet to each port in the name of `source`, from the scanner's wire."""
    ethernet = (frames.mac_bytes(mac(GUARDED_NUMBER)), frames.mac_bytes(mac(SCANNER_NUMBER)))
    packets = [frames.packet(source, GUARDED, frames.Tcp(40_000, port, flags)) for port in ports]
    inject.send_frames(lab.scanner, [frames.ethernet(*ethernet, packet) for packet in packets])


def ask(lab: Lab, address: str = GUARDED) -> bool:
    """Say whether the bystander gets a page."""
    with lab.bystander.connect(address, HTTP) as connection:
        return answers(connection)


def test_a_scan_gets_at_most_ten_answers_and_the_hidden_port_is_not_found(lab: Lab, wire: Wire, tmp_path: Path) -> None:
    with recording(lab.guarded, tmp_path / "scan.pcap"):
        # At its own pace nmap slows down to a crawl when nothing answers: a minimum rate keeps the test short.
        command = ["nmap", "-sS", "-n", "-Pn", "-p1-1000", "--max-retries", "0", "--min-rate", "300", GUARDED]
        scan = lab.scanner.run(command, limit_s=60)
    answered = set()
    for _, frame in pcap.read_pcap(tmp_path / "scan.pcap"):
        body = frame[14:]
        if frame[12:14] == b"\x08\0" and body[9] == 6 and body[12:16] == frames.packed(GUARDED):
            answered.add(body[20:22])
    assert 1 <= len(answered) <= 10
    assert f"{HIDDEN}/tcp" not in scan.text
    assert wire.tripped() == [SCANNER]
    assert not can_connect(lab.scanner, GUARDED)
    assert can_connect(lab.bystander, GUARDED, limit_s=LIVENESS_S)


def test_an_ipv6_scan_trips_too(lab: Lab, wire: Wire) -> None:
    lab.scanner.run(["nmap", "-6", "-sS", "-n", "-Pn", "-p2000-2020", "--max-retries", "0", GUARDED_V6], limit_s=120)
    assert wire.tripped() == [SCANNER_V6]
    assert not can_connect(lab.scanner, GUARDED_V6)


@pytest.mark.parametrize("flags", ["", "F", "FPU"])
def test_impossible_flags_trip_and_answers_to_forgeries_do_not(lab: Lab, wire: Wire, flags: str) -> None:
    forge(lab, SCANNER, CLOSED, flags=flags)
    assert wire.tripped() == [SCANNER]


@pytest.mark.parametrize("flags", ["SA", "RA", "R", "A", "FA"])
def test_backscatter_and_late_segments_never_trip(lab: Lab, wire: Wire, flags: str) -> None:
    forge(lab, SCANNER, CLOSED, flags=flags)
    assert wire.tripped() == []


def test_mistakes_and_retries_never_trip(lab: Lab, wire: Wire) -> None:
    for port in (23, 25):
        for _ in range(10):
            assert not can_connect(lab.bystander, GUARDED, port)
    for _ in range(50):
        assert can_connect(lab.bystander, GUARDED, limit_s=LIVENESS_S)
    lab.bystander.run(["traceroute", "-n", "-q", "3", GUARDED], check=False)
    assert wire.tripped() == []


def test_a_burst_forged_in_the_name_of_an_acquaintance_does_not_cut_it_off(lab: Lab, wire: Wire) -> None:
    assert ask(lab)
    forge(lab, BYSTANDER, CLOSED)
    assert wire.tripped() == []
    assert ask(lab)


def test_established_connections_of_a_tripped_source_go_on(lab: Lab, wire: Wire) -> None:
    with lab.bystander.connect(GUARDED, HTTP) as connection:
        forge(lab, BYSTANDER, CLOSED)
        assert wire.tripped() == [BYSTANDER]
        assert answers(connection, limit_s=LIVENESS_S)


def test_the_protected_never_trip(lab: Lab, wire: Wire) -> None:
    forge(lab, GATEWAY, CLOSED)
    assert wire.tripped() == []


def test_a_lifted_source_is_let_in_and_not_tripped_again_at_once(lab: Lab, wire: Wire) -> None:
    forge(lab, BYSTANDER, CLOSED)
    assert not can_connect(lab.bystander, GUARDED)
    lab.guarded.visit(lambda: wire.tripwire.lift([Prefix.parse(BYSTANDER), Prefix.parse("198.51.100.1")]))
    assert wire.tripped() == []
    assert can_connect(lab.bystander, GUARDED, limit_s=LIVENESS_S)
    forge(lab, BYSTANDER, range(3000, 3012))
    assert can_connect(lab.bystander, GUARDED, limit_s=LIVENESS_S)


def test_a_tripped_source_is_let_in_when_it_stops(lab: Lab) -> None:
    wire = Wire(lab, NftablesTripwire(TripwireRules(hold_s=1)))
    wire.set_up()
    try:
        forge(lab, BYSTANDER, CLOSED)
        assert not can_connect(lab.bystander, GUARDED, limit_s=0.3)
        assert not can_connect(lab.bystander, GUARDED, limit_s=0.9)
        assert can_connect(lab.bystander, GUARDED, limit_s=LIVENESS_S)
    finally:
        lab.guarded.visit(wire.tripwire.cleanup)


def test_our_own_connections_to_a_tripped_source_go_on(lab: Lab, wire: Wire) -> None:
    forge(lab, BYSTANDER, CLOSED)
    assert wire.tripped() == [BYSTANDER]
    assert lab.guarded.run(["ping", "-c", "1", "-W", "1", BYSTANDER], check=False).returncode == 0


def test_a_full_set_lets_packets_pass_and_says_so(lab: Lab) -> None:
    wire = Wire(lab, NftablesTripwire(TripwireRules(capacity=16)))
    wire.set_up()
    try:
        for last in range(100, 110):
            forge(lab, f"10.77.1.{last}", range(2000, 2003))
        counts = lab.guarded.visit(wire.tripwire.counts)
        assert counts.knocks == 30
        assert counts.passed == 14
        assert can_connect(lab.bystander, GUARDED, limit_s=LIVENESS_S)
    finally:
        lab.guarded.visit(wire.tripwire.cleanup)


def test_published_ports_are_never_counted(lab: Lab, wire: Wire) -> None:
    nat = f"""table ip published {{
        chain prerouting {{
            type nat hook prerouting priority dstnat;
            ip daddr {GUARDED} tcp dport 2000-2999 dnat to {GUARDED}:{HIDDEN}
        }}
    }}
    """
    lab.guarded.run(["nft", "-f", "-"], stdin=nat.encode())
    try:
        forge(lab, SCANNER, CLOSED)
        assert can_connect(lab.scanner, GUARDED, 2500, limit_s=LIVENESS_S)
        assert wire.tripped() == []
    finally:
        lab.guarded.run(["nft", "delete", "table", "ip", "published"])


def test_ports_that_are_opened_are_followed(lab: Lab, wire: Wire) -> None:
    with lab.guarded.open_socket(2, 1) as listener:
        listener.bind((address4(GUARDED_NUMBER), 2005))
        listener.listen()
        ports = lab.guarded.visit(listening_ports)
        assert [port for port in ports if port < 10_000] == [22, 80, HIDDEN, 2005]
        assert lab.guarded.visit(lambda: wire.tripwire.listen(ports))
        assert not lab.guarded.visit(lambda: wire.tripwire.listen(ports))
        assert f"{2005}" in lab.guarded.run(["nft", "list", "set", "inet", "scanwarden_tripwire", "open_tcp"]).text


def test_damage_is_noticed(lab: Lab, wire: Wire) -> None:
    assert lab.guarded.visit(wire.tripwire.is_intact)
    lab.guarded.run(["nft", "flush", "chain", "inet", "scanwarden_tripwire", "drops"])
    assert not lab.guarded.visit(wire.tripwire.is_intact)
    wire.set_up()
    assert lab.guarded.visit(wire.tripwire.is_intact)
    lab.guarded.run(["nft", "flush", "ruleset"])
    assert not lab.guarded.visit(wire.tripwire.is_intact)


@pytest.mark.parametrize("ports", [(25, 110, 143, 465, 587, 993, 995), (443, 8080, 8443), (139, 445), (515, 631, 9100)])
def test_ports_of_one_purpose_count_once(lab: Lab, wire: Wire, ports: tuple[int, ...]) -> None:
    for port in ports:
        assert not can_connect(lab.bystander, GUARDED, port)
    counts = lab.guarded.visit(wire.tripwire.counts)
    assert (counts.knocks, counts.dropped) == (1, 0)
    assert wire.tripped() == []
