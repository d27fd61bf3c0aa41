"""A fleet of real services: a sweep of one probe a host is seen by none of them and banned by all."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from scanwarden import hostcmd
from scanwarden.control.views import FleetHealth
from scanwarden.fleet.messages import HostReport
from scanwarden.fleet.overview import Overview
from scanwarden.lab import Lab
from scanwarden.lab.addresses import BYSTANDER, GATEWAY, GUARDED, SCANNER, address4
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.lab.namespace import Namespace
from scanwarden.model.detection import Opened
from tests.e2e.service_host import LIVENESS_S, ServiceHost, serving
from tests.natsserver import written_config

pytestmark = pytest.mark.kernel

NUMBERS = (GUARDED, GUARDED + 1, GUARDED + 2)
# Three contacts that no client makes, one at each host, are what it takes; two are not enough.
SWEEP = f"nmap -sN -n -Pn -p81 --max-retries 0 --host-timeout 10s 10.77.1.{NUMBERS[0]}-{NUMBERS[-1]}"
BUS = f"nats://{address4(GATEWAY)}:4222"
ALLOWS_BYSTANDER = f'mode = "enforce"\nallowlist = ["{address4(BYSTANDER)}"]'


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Give a lab network, or skip where a program is missing."""
    if missing := missing_programs([SWEEP, "nats-server"]):
        pytest.skip(f"needs {', '.join(missing)}")
    with Lab() as running:
        yield running


def scanwarden(place: Namespace, *words: str, stdin: bytes = b"", check: bool = True) -> str:
    command = [sys.executable, "-m", "scanwarden", *words]
    return place.run(command, stdin=stdin, limit_s=LIVENESS_S, check=check).text


class Fleet:
    """A bus and a correlator on the gateway, and a service with its agent on each of three hosts."""

    def __init__(self, lab: Lab, folder: Path, stack: ExitStack) -> None:
        self._lab = lab
        self.config = folder / "correlator.toml"
        self.config.write_text(f'[fleet]\nservers = ["{BUS}"]\nfolder = "{folder}/authority"\n')
        bus_config = written_config(folder / "jetstream", address4(GATEWAY), 4222)
        self.bus = self._start(stack, ["nats-server", "-c", str(bus_config)])
        token = scanwarden(lab.switch, "fleet", "init", "--config", str(self.config))
        correlate = [sys.executable, "-m", "scanwarden", "correlate", "--config", str(self.config)]
        self.correlator = self._start(stack, correlate)
        self.hosts: list[ServiceHost] = []
        for number in NUMBERS:
            place = lab.guarded if number == GUARDED else lab.add_host(f"guarded{number}", number)
            policy = ALLOWS_BYSTANDER if number == NUMBERS[-1] else 'mode = "enforce"'
            more = f'[fleet]\nenabled = true\nservers = ["{BUS}"]\nfolder = "FOLDER/fleet"\n'
            host = stack.enter_context(serving(lab, policy, more=more, on=place))
            said = scanwarden(
                place, "fleet", "join", "--config", str(host.file), "--name", f"host{number}", stdin=token.encode()
            )
            assert said == f"host{number} has joined.\n"
            self.hosts.append(host)

    def _start(self, stack: ExitStack, command: list[str]) -> hostcmd.Background:
        return stack.enter_context(self._lab.switch.start(command))

    def status(self) -> Overview:
        """Ask as a program does."""
        told = scanwarden(
            self._lab.switch, "fleet", "status", "--format", "json", "--config", str(self.config), check=False
        )
        return msgspec.json.decode(told, type=Overview)

    def reports(self) -> list[HostReport]:
        """Give what the hosts say of themselves, in their order; fewer while some have said nothing."""
        return [one.report for one in self.status().hosts if one.report is not None]

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; fail, with what the fleet looks like, if it seems never to be."""
        until_s = time.monotonic() + LIVENESS_S
        while not is_so():
            assert time.monotonic() < until_s, (self.status(), list(self.correlator.stderr))
            time.sleep(0.2)

    def is_banned(self, source: str) -> list[bool]:
        """Say of each host whether its kernel refuses a source."""
        return [host.in_kernel(source) for host in self.hosts]


def test_a_sweep_that_no_service_sees_is_banned_by_all_but_where_it_is_allowed(lab: Lab, tmp_path: Path) -> None:
    with ExitStack() as stack:
        fleet = Fleet(lab, tmp_path, stack)
        fleet.wait(lambda: len(fleet.reports()) == len(NUMBERS) and not fleet.status().free_partitions)

        run_command(lab.scanner, SWEEP)
        swept_s = time.monotonic()
        fleet.hosts[0].wait(lambda: all(fleet.is_banned(address4(SCANNER))))
        lag_s = time.monotonic() - swept_s
        print(f"\nbanned on {len(NUMBERS)} hosts {lag_s:.2f} s after the sweep")  # noqa: T201 a figure
        assert all(not host.records(Opened) for host in fleet.hosts)
        (ban,) = fleet.hosts[0].client.bans()
        assert ban.forgeable
        assert "3 hosts reported" in ban.reason

        # Each host's own status and doctor say how it takes part.
        for number, host in zip(NUMBERS, fleet.hosts, strict=True):
            host.wait(lambda: _health(host).bans_followed == 1)  # noqa: B023 called at once
            health = _health(host)
            assert (health.host, health.trouble) == (f"host{number}", None)
            assert health.last_ban == f"{address4(SCANNER)}/32 banned"
            assert health.told_at is not None
            assert health.contacts_told > 0
        told = scanwarden(lab.guarded, "doctor", "--config", str(fleet.hosts[0].file), check=False)
        assert f"good  fleet: this host has joined as host{NUMBERS[0]}" in told
        assert f"good  fleet: {BUS} takes connections" in told
        assert f"good  fleet: the agent of host{NUMBERS[0]} reaches the bus" in told

        # Whom one host allows and whom all of them need: the fleet's word does not count there.
        run_command(lab.bystander, SWEEP)
        run_command(lab.switch, SWEEP)
        fleet.wait(lambda: [one.bans_refused for one in fleet.reports()] == [1, 1, 2])
        assert [one.bans_applied for one in fleet.reports()] == [2, 2, 1]
        assert fleet.is_banned(address4(BYSTANDER)) == [True, True, False]
        assert fleet.is_banned(address4(GATEWAY)) == [False, False, False]

        # Status names who is in trouble.
        told = scanwarden(lab.switch, "fleet", "status", "--config", str(fleet.config), check=False)
        assert "3 hosts, 3 bans" in told
        assert all(len(line) <= 80 for line in told.splitlines()), told
        scanwarden(lab.switch, "fleet", "leave", "--name", "host11", "--config", str(fleet.config))
        assert [one.host for one in fleet.status().hosts] == ["host10", "host12"]

        # A host whose bus goes away says so.
        fleet.bus.signal(signal.SIGTERM)
        last = fleet.hosts[-1]
        last.wait(lambda: _health(last).trouble is not None)
        told = scanwarden(lab.scanner, "doctor", "--config", str(last.file), check=False)
        assert "bad   fleet: the fleet is not told: " in told


def _health(host: ServiceHost) -> FleetHealth:
    health = host.client.status().fleet
    assert health is not None
    return health
