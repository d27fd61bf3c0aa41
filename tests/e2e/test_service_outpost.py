"""The service with traps, a connection log and followed logs: each setting does what it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.model.detection import Opened
from scanwarden.model.notice import Notice
from scanwarden.model.records import Banned
from tests.e2e.service_host import ServiceHost, serving
from tests.loglines import dropped, failed_login

pytestmark = pytest.mark.kernel

TRAPS = "2000-2007"
NMAP = f"nmap -sT -n -Pn -p{TRAPS} --max-retries 1 --host-timeout 10s {{target}}"
PROBE = "nmap -sS -n -Pn -p3001 --max-retries 1 --host-timeout 10s {target}"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Give a lab network, or skip where nmap is missing."""
    if missing := missing_programs([NMAP]):
        pytest.skip(f"needs {', '.join(missing)}")
    with Lab() as running:
        yield running


def opened(host: ServiceHost) -> list[Opened]:
    return host.records(Opened)


def test_a_connect_scan_of_traps_is_proved_and_banned(lab: Lab) -> None:
    with serving(lab, more=f'[traps]\ntcp = "{TRAPS}"\nbanner = "go away"\n') as host:
        host.wait(lambda: "2007" in host.nft("list", "table", "inet", "scanwarden_traps"))
        with lab.bystander.connect(address4(GUARDED), 2000) as client:
            assert client.recv(64) == b"go away"
        run_command(lab.scanner, NMAP)
        host.wait(lambda: host.in_kernel(address4(SCANNER)))
        host.wait(lambda: bool(host.records(Banned)))
    (scan,) = opened(host)
    assert (str(scan.source.address), scan.source.verified) == (address4(SCANNER), True)
    assert "trap_port" in {part.rule for part in scan.evidence.parts}
    assert not host.records(Banned)[0].forgeable
    assert "scanwarden_traps" not in host.nft("list", "tables")


def test_a_stealth_trap_of_full_weight_convicts_at_one_packet(lab: Lab) -> None:
    with serving(lab, more='[traps]\nstealth_tcp = "3000-3010"\nweight = 13.8\n') as host:
        run_command(lab.scanner, PROBE)
        host.wait(lambda: bool(opened(host)))
    (scan,) = opened(host)
    assert [part.rule for part in scan.evidence.parts] == ["trap_port"]


def test_the_outpost_comes_back_and_its_traps_with_it(lab: Lab) -> None:
    with serving(lab, more=f'[traps]\ntcp = "{TRAPS}"\n') as host:
        host.wait(lambda: "2007" in host.nft("list", "table", "inet", "scanwarden_traps"))
        host.nft("delete", "table", "inet", "scanwarden_traps")
        host.wait(lambda: "2007" in host.nft("list", "table", "inet", "scanwarden_traps"))


def test_connections_are_written_down_as_the_rules_say(lab: Lab) -> None:
    more = (
        '[connections]\nenabled = true\nfile = "FOLDER/log/connections.log"\n'
        '[[connections.ignore]]\nprotocol = "tcp"\ntarget_ports = "23"\n'
    )
    with serving(lab, 'mode = "observe"', more=more) as host:
        log = host.folder / "log/connections.log"

        def is_written() -> bool:
            for port in (23, 22):
                run_command(lab.bystander, f"nmap -sT -n -Pn -p{port} --max-retries 0 {{target}}")
            return log.exists() and f"from {address4(BYSTANDER)}:" in log.read_text(encoding="ascii")

        host.wait(is_written)
        lines = log.read_text(encoding="ascii").splitlines()
    assert lines
    assert all(f"TCP: to ssh from {address4(BYSTANDER)}" in line for line in lines), lines


def test_a_restart_goes_on_in_the_log_where_it_stopped(lab: Lab) -> None:
    """Lines written while the service is away are judged, and those judged before are not judged again."""
    guessing = "[policy.login_guessing]\nfailures = 3\n"
    with serving(
        lab, 'mode = "observe"', more=f'[logs]\nfiles = ["FOLDER/messages"]\n{guessing}', logs=["messages"]
    ) as host:
        log = host.folder / "messages"
        append(log, "".join(dropped(port, at_s=port / 10) for port in range(1, 11)))
        host.wait(lambda: bool(opened(host)))
        host.stop()
        append(log, "".join(failed_login(index, at_s=20 + index) for index in range(3)))
        host.start()
        host.wait(lambda: any(one.kind == "login_guessing" for one in host.records(Notice)))
        assert opened(host) == []


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
