"""Show that the lab is what the other tests take it for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.lab import Lab, frames, inject, names, pcap, sweep
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4, address6, mac
from scanwarden.lab.checksums import internet_checksum
from scanwarden.lab.commands import run_command
from scanwarden.lab.recording import recording
from scanwarden.lab.traffic import HARMLESS_TRAFFIC, RealTraffic

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab(extra_addresses=(11,)) as running:
        yield running


@pytest.mark.parametrize("address", [address4(GUARDED), address6(GUARDED), address4(11)])
def test_everyone_reaches_the_guarded_host(lab: Lab, address: str) -> None:
    for host in (lab.scanner, lab.bystander, lab.switch):
        with host.connect(address, 22) as connection:
            assert connection.recv(64).startswith(b"SSH-2.0-")


@pytest.mark.parametrize("traffic", HARMLESS_TRAFFIC, ids=lambda traffic: traffic.name)
def test_harmless_programs_get_their_answers(lab: Lab, traffic: RealTraffic) -> None:
    host = lab.guarded if traffic.runs_on_guarded else lab.scanner
    finished = run_command(host, traffic.command)
    assert finished.returncode == 0, finished.stderr


def test_closed_port_refuses(lab: Lab) -> None:
    with pytest.raises(ConnectionRefusedError):
        lab.scanner.connect(address4(GUARDED), 23)


def test_recording_holds_both_directions_with_true_checksums(lab: Lab, tmp_path: Path) -> None:
    with recording(lab.guarded, tmp_path / "x.pcap"):
        lab.bystander.connect(address4(GUARDED), 80).close()
    packets = [frame[14:] for _, frame in pcap.read_pcap(tmp_path / "x.pcap") if frame[12:14] == b"\x08\0"]
    assert {packet[12:16] for packet in packets} == {frames.packed(address4(n)) for n in (BYSTANDER, GUARDED)}
    for packet in packets:
        pseudo = packet[12:20] + b"\0\6" + (len(packet) - 20).to_bytes(2)
        assert internet_checksum(pseudo + packet[20:]) == 0


def test_injected_frames_arrive_as_they_are(lab: Lab, tmp_path: Path) -> None:
    body = frames.packet("192.0.2.1", address4(GUARDED), frames.Udp(1, 2, b"forged"))
    frame = frames.ethernet(frames.mac_bytes(mac(GUARDED)), frames.mac_bytes(mac(SCANNER)), body)
    with recording(lab.guarded, tmp_path / "x.pcap"):
        assert inject.send_frames(lab.scanner, [frame, frame]) == 2
    assert [found for _, found in pcap.read_pcap(tmp_path / "x.pcap") if found == frame] == [frame, frame]


def test_nothing_is_left_after_a_failure_inside_the_block() -> None:
    prefix = ""

    def interrupted() -> None:
        nonlocal prefix
        with Lab() as lab:
            prefix = lab.prefix
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert prefix
    assert not [path for path in names.NAMESPACE_DIRECTORY.iterdir() if path.name.startswith(prefix)]


def test_sweep_removes_left_overs_of_ended_owners_and_spares_running_labs(lab: Lab) -> None:
    left_over = f"sw-{os.getpid()}-1-0123abcd-guarded"  # this process was not born at tick 1
    lab.guarded.run(["ip", "netns", "add", left_over])
    assert sweep() == [left_over]
    assert (names.NAMESPACE_DIRECTORY / lab.guarded.name).exists()
