"""The active check in a real network: the ports nmap finds, from here and from another node."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from scanwarden import hostcmd
from scanwarden.audit.active import sweep
from scanwarden.audit.active.nmap import states_in
from scanwarden.lab import Lab
from scanwarden.lab.addresses import GUARDED, SCANNER, address4, address6
from scanwarden.model.ports import Ports

pytestmark = pytest.mark.kernel
ALL = Ports.parse("1-65535")
SWEEP = [sys.executable, sweep.__file__]


def swept(lab: Lab, order: dict[str, object]) -> dict[str, dict[str, list[list[int]]]]:
    found: dict[str, dict[str, list[list[int]]]] = json.loads(
        lab.scanner.run([*SWEEP, json.dumps(order)], limit_s=120).stdout
    )
    return found


def open_ports(lab: Lab, address: str) -> Ports:
    ranges = swept(lab, {"address": address, "tcp": [[1, 65535]]})["tcp"]["open"]
    return Ports(port for first, last in ranges for port in range(first, last + 1))


def test_every_open_port_that_nmap_finds_and_none_else(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    begun_s = time.monotonic()
    found = open_ports(lab, address4(GUARDED))
    ours_s = time.monotonic() - begun_s
    command = ["nmap", "-n", "-Pn", "-sT", "-p-", "-oG", "-", address4(GUARDED)]
    begun_s = time.monotonic()
    text = lab.scanner.run(command, limit_s=300).text
    theirs_s = time.monotonic() - begun_s
    assert found == states_in(text, ALL)["open"]
    assert str(found) == "21-22,25,80"
    with capsys.disabled():
        sys.stdout.write(
            f"\n65,535 TCP ports: ours {ours_s:.1f} s, nmap -p- -sT {theirs_s:.1f} s, ratio {ours_s / theirs_s:.2f}\n"
        )


def test_a_firewall_that_drops_makes_ports_filtered_and_one_that_rejects_closed(lab: Lab) -> None:
    rules = (
        "table inet t {\nchain c {\ntype filter hook input priority 0\ntcp dport 100-199 drop\n"
        "tcp dport 200-299 reject with tcp reset\ntcp dport 300-309 reject\n}\n}\n"
    )
    lab.guarded.run(["nft", "-f", "-"], stdin=rules.encode())
    try:
        found = swept(lab, {"address": address6(GUARDED), "tcp": [[22, 22], [100, 309]]})["tcp"]
    finally:
        lab.guarded.run(["nft", "delete", "table", "inet", "t"])
    assert found == {"open": [[22, 22]], "filtered": [[100, 199], [300, 309]], "closed": [[200, 299]]}


def test_the_command_says_what_a_check_from_here_cannot_show(lab: Lab) -> None:
    command = [sys.executable, "-m", "scanwarden", "audit", "check", "--ports", "1-100", "--udp", "--format", "json"]
    done = lab.guarded.run([*command, address4(GUARDED)], check=False)
    report = msgspec.json.decode(done.stdout)
    assert done.returncode == 1
    assert "--from" in report["cannot_show"]
    checked = report["checked"][0]
    assert checked["tcp"]["open"] == "21-22,25,80"
    assert checked["udp"]["53"] == "open"
    said = {one["port"]: (one["banner"], one["asks_password"], len(one["findings"])) for one in checked["greetings"]}
    assert said == {
        21: ("220 lab", False, 1),
        22: ("SSH-2.0-lab", None, 0),
        25: ("220 lab ESMTP", False, 1),
        80: ("HTTP 200 lab", None, 0),
    }


def test_what_is_not_ours_is_refused(lab: Lab) -> None:
    command = [sys.executable, "-m", "scanwarden", "audit", "check", "--ports", "80", address4(SCANNER)]
    done = lab.guarded.run(command, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[0].endswith("is not an address of this host")
    assert lab.guarded.run([*command, "--i-own-this"], check=False).returncode == 0


@pytest.fixture
def sshd(lab: Lab) -> Iterator[Path]:
    """Keep an SSH server on the scanner that takes one key; yields the folder of the key."""
    program = shutil.which("sshd", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("needs sshd (openssh-server)")
    with tempfile.TemporaryDirectory(prefix="sw-ssh-") as name:
        folder = Path(name)
        for key in ("host", "user"):
            hostcmd.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)])
        Path("/run/sshd").mkdir(exist_ok=True)
        options = {
            "HostKey": folder / "host",
            "AuthorizedKeysFile": folder / "user.pub",
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "ListenAddress": f"{address4(SCANNER)}:2222",
        }
        words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        with lab.scanner.start([program, "-D", "-e", "-f", "/dev/null", *words]) as server:
            until_s = time.monotonic() + 30
            while not any(b"Server listening" in line for line in server.stderr):
                assert time.monotonic() < until_s
                assert server.is_running, list(server.stderr)
                time.sleep(0.05)
            yield folder


def test_another_node_sees_what_the_firewall_lets_through(lab: Lab, sshd: Path) -> None:
    rules = "table inet t {\nchain c {\ntype filter hook input priority 0\ntcp dport { 22, 53 } drop\n}\n}\n"
    lab.guarded.run(["nft", "-f", "-"], stdin=rules.encode())
    script = Path(__file__).with_name("far_check.py")
    command = [sys.executable, str(script), str(sshd / "user"), address4(SCANNER), address4(GUARDED)]
    try:
        done = lab.guarded.run(command, limit_s=60)
    finally:
        lab.guarded.run(["nft", "delete", "table", "inet", "t"])
    ours, theirs = (msgspec.json.decode(line) for line in done.stdout.splitlines())
    for report in (ours, theirs):
        assert report["cannot_show"] is None
        assert report["checked"][0]["source"] == address4(SCANNER)
        assert report["checked"][0]["tcp"]["open"] == "21,25,80"
        assert report["checked"][0]["tcp"]["filtered"] == "22,53"
    assert [report["checked"][0]["tool"] for report in (ours, theirs)] == ["scanwarden", "nmap"]
