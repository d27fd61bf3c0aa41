"""The advice, tried under three firewalls: the port is closed to the scanner, and nothing else changed."""

import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scanwarden import hostcmd
from scanwarden.lab import Lab
from scanwarden.lab.namespace import Namespace
from tests.e2e.audit.exposed_host import HOST4, HOST6, IP6TABLES, IPTABLES, NFT, exposed
from tests.e2e.audit.test_survey import TCP, nmap
from tests.e2e.responders.firewalld_server import firewalld

pytestmark = pytest.mark.kernel
ADVICE = [sys.executable, "-m", "scanwarden", "audit", "advice"]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with exposed() as (built, _):
        yield built


@contextlib.contextmanager
def nftables(host: Namespace) -> Iterator[hostcmd.Launch]:
    host.run(["nft", "-f", "-"], stdin=NFT.encode())
    yield hostcmd.Launch()


@contextlib.contextmanager
def iptables(host: Namespace) -> Iterator[hostcmd.Launch]:
    host.run(["iptables-nft-restore"], stdin=IPTABLES.encode())
    host.run(["ip6tables-nft-restore"], stdin=IP6TABLES.encode())
    yield hostcmd.Launch()


@contextlib.contextmanager
def firewalld_running(host: Namespace) -> Iterator[hostcmd.Launch]:
    for program in ("firewalld", "firewall-cmd", "dbus-daemon"):
        if shutil.which(program, path="/usr/sbin:/usr/bin") is None:
            pytest.skip(f"needs {program}")
    folder = Path(tempfile.mkdtemp(prefix="sw-firewalld-"))  # the path of a bus must be short
    try:
        with firewalld(host, folder) as launch:
            yield launch
    finally:
        shutil.rmtree(folder)


FIREWALLS = {"nftables": nftables, "iptables": iptables, "firewalld": firewalld_running}


def clear(host: Namespace) -> None:
    host.run(["nft", "flush", "ruleset"])


def run(host: Namespace, command: list[str], launch: hostcmd.Launch, stdin: bytes = b"") -> hostcmd.Completed:
    return hostcmd.run(host.argv(command), stdin=stdin, limit_s=60, check=False, launch=launch)


def reachable(host: Namespace, launch: hostcmd.Launch) -> dict[tuple[str, int, str], tuple[object, ...]]:
    """Give who reaches each port of each address, as the rules say."""
    done = run(host, [sys.executable, "-m", "scanwarden", "audit", "--format", "json"], launch)
    found = msgspec.json.decode(done.stdout)["survey"]["openings"]
    return {
        (opening["protocol"], reach["port"], reach["address"]): (reach["state"], *reach["sources"])
        for opening in found
        for reach in opening["reaches"]
    }


def seen(lab: Lab, target: str) -> set[int]:
    """Give the open ports that the scanner sees."""
    return {port for port, state in nmap(lab.scanner, "-sS", TCP, target).items() if state == "open"}


@pytest.mark.parametrize("name", FIREWALLS)
def test_after_the_shown_commands_the_port_is_closed_and_nothing_else_changed(lab: Lab, name: str) -> None:
    host = lab.guarded
    clear(host)
    ports = [80] if name == "firewalld" else [80, 8080]
    with FIREWALLS[name](host) as launch:
        before, open_before = reachable(host, launch), seen(lab, HOST4)
        assert open_before >= set(ports)
        assert not [place for place, said in before.items() if said[0] == "unknown"]
        # SSH is open to the scanner alone, so the rules say that it depends.
        said_open = {
            place[1] for place, said in before.items() if place[::2] == ("tcp", HOST4) and said[0] == "reachable"
        }
        assert open_before - {22} == said_open - {22}
        for port in ports:
            done = run(host, [*ADVICE, f"{port}/tcp", "--format", "json"], launch)
            (advice,) = msgspec.json.decode(done.stdout)
            assert advice["firewall"] == name
            for step in advice["steps"]:
                assert run(host, step["do"], launch).returncode == 0, step
        after = reachable(host, launch)
        assert seen(lab, HOST4) == open_before - set(ports)
        assert 80 not in seen(lab, HOST6)
        changed = {place[:2] for place in before if before[place] != after.get(place, ("blocked",))}
        assert changed == {("tcp", port) for port in ports}
        shown = run(host, [*ADVICE, f"{ports[0]}/tcp"], launch)
        assert shown.returncode == 2
        assert "is not open to the outside" in shown.stderr.decode()
    clear(host)


def tables(host: Namespace) -> str:
    return host.run(["nft", "list", "tables"]).text


def wait_until_gone(host: Namespace, word: str) -> None:
    until_s = time.monotonic() + 60
    while word in tables(host):
        assert time.monotonic() < until_s
        time.sleep(0.1)


@pytest.mark.parametrize(("answer", "is_kept"), [(b"y\ny\n", True), (b"y\nn\n", False), (b"n\n", False)])
def test_a_change_stays_only_if_it_is_confirmed(lab: Lab, answer: bytes, is_kept: bool) -> None:
    host = lab.guarded
    clear(host)
    done = run(host, [*ADVICE, "80/tcp", "--apply"], hostcmd.Launch(), stdin=answer)
    assert (done.returncode == 0) is is_kept
    assert ("scanwarden_closed_tcp_80" in tables(host)) is is_kept
    clear(host)


def test_a_change_is_taken_back_although_the_terminal_was_killed(lab: Lab) -> None:
    host = lab.guarded
    clear(host)
    # A standard input that stays open and says nothing: the command waits for its confirmation.
    silent = (
        "import os, sys; r, w = os.pipe(); os.dup2(r, 0); os.set_inheritable(w, True); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", silent, *ADVICE, "80/tcp", "--apply", "--yes", "--within", "2"]
    with host.start(command) as program:
        until_s = time.monotonic() + 60
        while "scanwarden_closed_tcp_80" not in tables(host):
            assert time.monotonic() < until_s, list(program.stderr)
            assert program.is_running, list(program.stderr)
            time.sleep(0.02)
        program.signal(signal.SIGKILL)
        program.wait(30)
        wait_until_gone(host, "scanwarden_closed_tcp_80")


def test_a_command_that_fails_leaves_nothing_behind(lab: Lab) -> None:
    host = lab.guarded
    clear(host)
    host.run(["nft", "add", "table", "inet", "scanwarden_closed_tcp_80"])
    host.run(["nft", "add", "chain", "inet", "scanwarden_closed_tcp_80", "incoming"])
    done: Any = run(host, [*ADVICE, "80/tcp", "--apply", "--yes"], hostcmd.Launch(), stdin=b"")
    assert done.returncode == 2
    assert "scanwarden_closed_tcp_80" not in tables(host)
