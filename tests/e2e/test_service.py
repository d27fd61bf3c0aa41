"""The service as it is run: processes that hold no more than they need, and bans that survive."""

import contextlib
import os
import random
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import scanwarden
from scanwarden import hostcmd
from scanwarden.control.client import ControlClient, ControlError, NotRunningError
from scanwarden.control.views import BanRequest
from scanwarden.errors import ScanwardenError
from scanwarden.lab import Lab, frames, inject
from scanwarden.lab.addresses import GATEWAY, GUARDED, SCANNER, address4, address6, mac
from scanwarden.lab.commands import run_command
from scanwarden.model.address import Prefix

pytestmark = pytest.mark.kernel

SOURCE = Prefix.parse("198.51.100.7")
NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 0 --min-rate 400 {target}"
KILLS = int(os.environ.get("SCANWARDEN_KILLS", "20"))
FLAPS = int(os.environ.get("SCANWARDEN_FLAPS", "5"))
FLUSHES = int(os.environ.get("SCANWARDEN_FLUSHES", "3"))
FORGED = int(os.environ.get("SCANWARDEN_FORGED", "10000"))
CAP_NET_ADMIN = 1 << 12
PARTS = {"brain", "sensor", "scout", "helper"}
LIVENESS_S = 60.0  # how long anything may take on a busy machine; figures are printed, never asserted


@pytest.fixture(scope="module")
def shared_lab() -> Iterator[Lab]:
    with Lab() as running:
        yield running


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    shared_lab.guarded.run(["nft", "flush", "ruleset"])
    return shared_lab


class Service:
    """A running service on the guarded host, with its own folder for sockets and database."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.file = folder / "scanwarden.toml"
        self.client = ControlClient(folder / "run/admin.sock")
        self.program: hostcmd.Background

    def configure(self, policy: str = 'mode = "enforce"') -> None:
        self.file.write_text(
            f'[policy]\n{policy}\n[store]\npath = "{self.folder}/db/scanwarden.db"\n[control]\n'
            f'read_socket = "{self.folder}/run/read.sock"\nadmin_socket = "{self.folder}/run/admin.sock"\n'
        )

    @contextlib.contextmanager
    def running(self, python: Sequence[str] = (sys.executable,)) -> Iterator[None]:
        command = [*python, "-m", "scanwarden", "run", "--config", str(self.file), "--format", "json"]
        with self.lab.guarded.start(command) as self.program:
            self.wait(lambda: bool(self.client.status()))
            yield
            self.program.signal(signal.SIGTERM)
            assert self.program.wait(LIVENESS_S) == 0
        assert not [line for line in self.program.stderr if b"Traceback" in line], self.state()

    def wait(self, is_so: Callable[[], bool], *, limit_s: float = LIVENESS_S) -> float:
        """Wait until something is so and return the seconds it took; fail if it seems never to be."""
        began_s = time.monotonic()
        while True:
            with contextlib.suppress(NotRunningError, ControlError):
                if is_so():
                    return time.monotonic() - began_s
            assert time.monotonic() - began_s < limit_s, self.state()
            time.sleep(0.02)

    def state(self) -> str:
        """Describe the service for whoever must find out what went wrong."""
        told = [line.decode("utf-8", "replace") for line in self.program.stderr][-60:]
        try:
            answers = f"{self.client.status()}\n{self.client.bans()}"
        except ScanwardenError as error:
            answers = str(error)
        return "\n".join([*told, str(self.parts()), answers])

    def ban(self, source: Prefix = SOURCE, duration_s: int = 600) -> None:
        self.client.ban(BanRequest(source=source, duration_s=duration_s))

    def in_kernel(self, source: Prefix = SOURCE) -> bool:
        return str(source.address) in self.lab.guarded.run(["nft", "list", "ruleset"]).text

    def parts(self) -> dict[str, int]:
        """Return the process ids of the parts that have begun, and hold no more than they need from then on."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.file).encode() in (folder / "cmdline").read_bytes():
                    status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines())
                    # The filter of system calls comes last: before it a part has not begun. What a part starts looks
                    # like the part for a moment, but has another parent.
                    is_part = status["PPid"].strip() == str(self.program.pid)
                    if is_part and status["Seccomp"].strip() == "2":
                        assert status["NoNewPrivs"].strip() == "1"
                        name = status["Name"].strip().removeprefix("scanw-")
                        assert status["Uid"].split()[0] != "0"
                        assert int(status["CapEff"], 16) == (CAP_NET_ADMIN if name == "helper" else 0)
                        found[name] = int(folder.name)
        return found

    def descriptors(self, name: str) -> int:
        """Count the open files of a part."""
        return len(list(Path(f"/proc/{self.parts()[name]}/fd").iterdir()))

    def kill(self, names: list[str]) -> None:
        """Kill those of the named parts that run."""
        parts = self.parts()
        for name in names:
            if name in parts:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(parts[name], signal.SIGKILL)

    def is_whole_with(self, sources: set[Prefix]) -> bool:
        """Say whether every part runs, and the service knows of these bans, each once."""
        listed = [ban.source for ban in self.client.bans()]
        is_each_once = len(listed) == len(set(listed)) and sources <= set(listed)
        is_answered = not any("does not answer" in gap for gap in self.client.status().gaps)
        return set(self.parts()) == PARTS and is_each_once and is_answered


@pytest.fixture
def service(lab: Lab) -> Iterator[Service]:
    # Not below pytest's own folder, which only root may enter.
    with tempfile.TemporaryDirectory(prefix="scanwarden-") as folder:
        Path(folder).chmod(0o755)
        made = Service(lab, Path(folder))
        made.configure()
        yield made
    lab.guarded.run(["nft", "flush", "ruleset"])


def test_a_scan_is_banned_stored_and_answered_for(service: Service) -> None:
    with service.running():
        assert set(service.parts()) == PARTS
        run_command(service.lab.scanner, NMAP)
        service.wait(lambda: len(service.client.bans()) == 1)
        (ban,) = service.client.bans()
        assert ban.source.address == Prefix.parse(address4(SCANNER)).address
        assert service.in_kernel(ban.source)
        service.wait(lambda: ban.scan is not None and ban.scan.encode() in service.client.raw("/scans"))
        assert b"scanwarden_bans_in_force 1" in service.client.raw("/metrics")


def test_the_read_socket_changes_nothing_and_strangers_may_not_administer(service: Service) -> None:
    with service.running():
        read = ControlClient(service.folder / "run/read.sock")
        assert read.status().mode == "enforce"
        with pytest.raises(ControlError):
            read.ban(BanRequest(source=SOURCE))
        assert not service.client.bans()
        assert (service.folder / "run/read.sock").stat().st_mode & 0o777 == 0o660
        assert (service.folder / "run/admin.sock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("address", [address4(GATEWAY), address4(GUARDED), "127.0.0.1", "10.77.1.0/24", "0.0.0.0/0"])
def test_nobody_who_is_needed_is_banned_by_hand_either(service: Service, address: str) -> None:
    with service.running():
        with pytest.raises(ControlError):
            service.ban(Prefix.parse(address))
        assert not service.client.bans()


def test_bans_survive_kills_at_any_moment_and_leave_nothing_behind(service: Service) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 to run the same kills again
    chance = random.Random(seed)
    acknowledged: set[Prefix] = set()
    took_s = []
    with service.running():
        for number in range(KILLS):
            source = Prefix.parse(f"198.51.100.{1 + number % 200}")
            with contextlib.suppress(ControlError, NotRunningError):
                service.ban(source, duration_s=86_400)  # longer than any number of kills takes
                acknowledged.add(source)
            time.sleep(chance.uniform(0, 0.4))  # the moment of the kill, wherever the parts are by then
            service.kill(sorted(PARTS) if chance.random() < 0.2 else [chance.choice(sorted(PARTS))])
            assert all(service.in_kernel(source) for source in acknowledged)
            if number % 5 == 4 or number == KILLS - 1:
                took_s.append(service.wait(lambda: service.is_whole_with(acknowledged)))
        chain = service.lab.guarded.run(["nft", "list", "chain", "inet", "scanwarden", "prerouting"]).text
        assert chain.count("drop") == 10
        run_command(service.lab.scanner, NMAP)
        service.wait(lambda: any(ban.scan for ban in service.client.bans()))
        service.ban(Prefix.parse("203.0.113.8"), duration_s=2)
        service.wait(lambda: not service.in_kernel(Prefix.parse("203.0.113.8")))
        service.wait(lambda: Prefix.parse("203.0.113.8") not in {ban.source for ban in service.client.bans()})
    print(f"{KILLS} kills, {len(acknowledged)} bans; whole again after {max(took_s):.2f} s at most")  # noqa: T201


def test_who_is_allowed_is_let_through_by_the_firewall_itself(service: Service) -> None:
    def is_let_through() -> bool:
        listed = service.lab.guarded.run(["nft", "list", "set", "inet", "scanwarden", "protected_v4"], check=False)
        return str(SOURCE.address) in listed.text

    with service.running():
        service.ban()
        service.client.allow(SOURCE)
        assert not service.client.bans()
        assert is_let_through()
        service.kill(["helper"])
        service.lab.guarded.run(["nft", "flush", "ruleset"])
        service.wait(is_let_through)
        assert not service.client.bans()


def test_bans_that_the_database_lost_are_adopted_from_the_firewall(service: Service) -> None:
    with service.running():
        service.ban()
        for file in (service.folder / "db").iterdir():
            file.unlink()
        service.kill(["brain"])
        service.wait(lambda: service.is_whole_with({SOURCE}))
        assert service.in_kernel()
        assert 0 < (service.client.bans()[0].expires_at - time.time_ns()) / 1e9 <= 600


def test_bans_stay_while_the_service_is_stopped_and_come_back_after_a_reboot(service: Service) -> None:
    with service.running():
        service.ban()
        service.wait(lambda: service.client.status().store.queued == 0)
    assert service.in_kernel()
    service.lab.guarded.run(["nft", "flush", "ruleset"])
    with service.running():
        assert [ban.source for ban in service.client.bans()] == [SOURCE]
        assert service.in_kernel()
        assert 0 < (service.client.bans()[0].expires_at - time.time_ns()) / 1e9 < 600


def test_a_foreign_flush_is_repaired(service: Service) -> None:
    took_s = []
    with service.running():
        service.ban()
        for _ in range(FLUSHES):
            service.lab.guarded.run(["nft", "flush", "ruleset"])
            took_s.append(service.wait(service.in_kernel))
    print(f"repaired after {max(took_s):.2f} s at most, {FLUSHES} flushes")  # noqa: T201 a figure for whoever runs this


def test_packets_forged_from_whom_the_host_needs_ban_nobody(service: Service) -> None:
    ethernet = (frames.mac_bytes(mac(GUARDED)), frames.mac_bytes(mac(SCANNER)))
    with service.running():
        for source, target in ((address4(GATEWAY), address4(GUARDED)), (address6(GATEWAY), address6(GUARDED))):
            for flags in ("S", "F", "", "FPU"):
                packets = [
                    frames.packet(source, target, frames.Tcp(40_000, 1 + number % 60_000, flags))
                    for number in range(FORGED // 8)
                ]
                inject.send_frames(service.lab.scanner, [frames.ethernet(*ethernet, packet) for packet in packets])
        service.wait(lambda: service.client.status().scans > 0)
        assert service.client.status().bans_made == 0
        assert service.lab.guarded.run(["ping", "-n", "-c", "1", "-W", "2", address4(GATEWAY)]).returncode == 0


def test_a_wrong_configuration_changes_nothing_and_a_right_one_takes_effect(service: Service) -> None:
    with service.running():
        service.configure('mode = "enforced"')
        with pytest.raises(ControlError, match=r"scanwarden\.toml:2"):
            service.client.reload()
        service.configure(f'mode = "enforce"\nallowlist = ["{SOURCE.address}"]')
        assert "read again" in service.client.reload().text
        with pytest.raises(ControlError, match="allowed"):
            service.ban()


def test_an_interpreter_that_only_root_may_read_is_enough(service: Service, tmp_path: Path) -> None:
    root_only = tmp_path / "root-only"
    root_only.mkdir(mode=0o700)
    for name, place in (
        ("base", sys.base_prefix),
        ("packages", sysconfig.get_path("purelib")),
        ("ours", Path(scanwarden.__file__).parents[1]),
    ):
        (root_only / name).symlink_to(place)
    path = f"PYTHONPATH={root_only / 'ours'}:{root_only / 'packages'}"
    python = ["env", f"PYTHONHOME={root_only / 'base'}", path, os.path.realpath(sys.executable)]
    service.configure('mode = "enforce"\nallowlist = ["localhost"]\n[watch]\ninterfaces = ["eth0"]')
    with service.running(python):
        service.kill(["helper"])
        service.ban()
        run_command(service.lab.scanner, NMAP)
        service.wait(lambda: len(service.client.bans()) == 2)
        assert "read again" in service.client.reload().text
        assert b"scans" in service.client.raw("/openapi.json")
        service.file.write_text("[policy\n")
        with pytest.raises(ControlError, match=r"scanwarden\.toml:1"):
            service.client.reload()


def test_an_interface_that_goes_down_and_up_or_is_replaced_is_captured_again(service: Service) -> None:
    host = service.lab.guarded
    service.configure('mode = "enforce"\n[watch]\ninterfaces = ["eth0", "spare0"]')
    host.ip("link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
    host.ip("link", "set", "spare0", "up")
    try:
        with service.running():
            descriptors = service.descriptors("sensor")
            for _ in range(FLAPS):
                host.ip("link", "set", "spare0", "down")
                host.ip("link", "set", "spare0", "up")
            assert service.descriptors("sensor") == descriptors
            before = service.parts()["sensor"]
            host.ip("link", "delete", "spare0")
            host.ip("link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
            host.ip("link", "set", "spare0", "up")
            service.wait(lambda: service.parts().get("sensor") not in (None, before))
            service.wait(lambda: not any("does not answer" in gap for gap in service.client.status().gaps))
            assert b"interface_replaced" in service.client.raw("/notices")
            run_command(service.lab.scanner, NMAP)
            service.wait(lambda: len(service.client.bans()) == 1)
    finally:
        host.ip("link", "delete", "spare0")


def test_a_reload_changes_the_detector_and_keeps_the_old_one_when_anything_is_wrong(service: Service) -> None:
    with service.running():
        sensor = service.parts()["sensor"]
        service.configure('mode = "enforce"\n[detector]\nhalf_life = "2h"\n[watch]\ninterfaces = ["nonesuch0"]')
        with pytest.raises(ControlError, match="nonesuch0"):
            service.client.reload()
        service.configure('mode = "enforce"\n[detector]\nhalf_life = "2h"')
        assert "read again" in service.client.reload().text
        run_command(service.lab.scanner, NMAP)
        service.wait(lambda: len(service.client.bans()) == 1)
        assert service.parts()["sensor"] == sensor
        service.configure('mode = "enforce"\n[watch]\npromiscuous = true')
        service.client.reload()
        service.wait(lambda: service.parts().get("sensor") not in (None, sensor))


def test_a_second_instance_is_turned_away(service: Service) -> None:
    with service.running():
        second = service.lab.guarded.run(
            [sys.executable, "-m", "scanwarden", "run", "--part", "brain", "--config", str(service.file)], check=False
        )
        assert second.returncode == 2
        assert b"runs already" in second.stderr
        assert service.client.status().pid


@pytest.mark.parametrize("is_running", [True, False])
def test_rescue_lifts_everything_with_and_without_the_service(service: Service, is_running: bool) -> None:
    rescue = [sys.executable, "-m", "scanwarden", "rescue", "--admin-socket", str(service.folder / "run/admin.sock")]
    with service.running():
        service.ban()
        if is_running:
            service.lab.guarded.run(rescue)
            assert not service.client.bans()
            assert not service.in_kernel()
    if not is_running:
        assert service.in_kernel()
        service.lab.guarded.run(rescue)
        assert "scanwarden" not in service.lab.guarded.run(["nft", "list", "tables"]).text


def test_a_client_without_the_service_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ScanwardenError, match="nobody answers"):
        ControlClient(tmp_path / "none.sock").status()
