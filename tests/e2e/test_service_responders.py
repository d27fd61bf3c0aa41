"""The running service bans with other tools than nftables, alone or beside it, and nothing is lost over kills."""

import contextlib
import os
import signal
import stat
import sys
import time
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import SCANNER, address4
from scanwarden.lab.commands import run_command
from scanwarden.model.address import Prefix
from scanwarden.model.notice import Notice
from tests.e2e.service_host import ServiceHost, serving
from tests.programs import need_programs

pytestmark = pytest.mark.kernel

NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 0 --min-rate 400 {target}"
SCANNED_FROM = address4(SCANNER)
OTHER = "198.51.100.7"
SHORT = "198.51.100.8"
HOSTS_DENY = '[responders]\nenabled = [{names}]\n[responders.hosts_deny]\nfile = "FOLDER/etc/hosts.deny"\n'


def actor_of(host: ServiceHost) -> int:
    """Return the process id of the actor, checked to hold no more than it should."""
    found = 0

    def is_there() -> bool:
        nonlocal found
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines())
                if status["Name"].strip() == "scanw-actor" and int(status["PPid"]) in (host.program.pid,):
                    assert status["NoNewPrivs"].strip() == "1"
                    if status["Seccomp"].strip() == "2":
                        found = int(folder.name)
                        return True
        return False

    host.wait(is_there)
    return found


def ipset_holds(host: ServiceHost, source: str) -> bool:
    return source in host.lab.guarded.run(["ipset", "save"], check=False).text


def file_of(host: ServiceHost) -> Path:
    return host.folder / "etc/hosts.deny"


def file_holds(host: ServiceHost, source: str) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return f"ALL: {source}\n" in file_of(host).read_text()
    return False


def test_iptables_alone_bans_a_scanner_and_nothing_is_lost_when_the_actor_is_killed(lab: Lab) -> None:
    need_programs("iptables", "ip6tables", "ipset", "nmap")
    with serving(lab, more='[responders]\nenabled = ["iptables"]\n') as host:
        run_command(lab.scanner, NMAP)
        host.wait(lambda: host.banned() == {SCANNED_FROM})
        assert ipset_holds(host, SCANNED_FROM)
        assert "scanwarden" not in host.nft("list", "tables")
        (ban,) = host.client.bans()
        assert (ban.responder, ban.responders) == ("iptables", ("iptables",))

        host.ban(OTHER)
        host.ban(SHORT, duration_s=3)
        os.kill(actor_of(host), signal.SIGKILL)
        host.lab.guarded.run(["ipset", "flush", "scanwarden-verified-hosts-4"])
        took_s = host.wait(lambda: ipset_holds(host, OTHER))
        print(f"the actor was back, and the bans, after {took_s:.2f} s")  # noqa: T201 a figure for whoever runs this
        host.wait(lambda: host.banned() == {SCANNED_FROM, OTHER})
        host.wait(lambda: not ipset_holds(host, SHORT))
        host.client.unban(Prefix.parse(OTHER))
        assert not ipset_holds(host, OTHER)
        assert ipset_holds(host, SCANNED_FROM)
    assert ipset_holds(host, SCANNED_FROM)  # a restart leaves no gap, and the kernel ends it
    lab.guarded.run(["iptables", "-t", "mangle", "-F"])
    lab.guarded.run(["iptables", "-t", "mangle", "-X"])


def test_hosts_deny_holds_what_is_banned_and_nothing_for_longer(lab: Lab) -> None:
    need_programs("tcpdmatch", "nmap")
    with serving(lab, more=HOSTS_DENY.format(names='"hosts_deny"'), logs=["etc/"]) as host:
        run_command(lab.scanner, NMAP)
        host.wait(lambda: host.banned() == {SCANNED_FROM})
        assert file_holds(host, SCANNED_FROM)
        assert stat.S_IMODE(file_of(host).stat().st_mode) == 0o644
        host.ban(OTHER)
        host.ban(SHORT, duration_s=2)
        actor = actor_of(host)
        os.kill(actor, signal.SIGSTOP)  # nobody ends the ban in time
        time.sleep(2.5)
        assert file_holds(host, SHORT)
        os.kill(actor, signal.SIGKILL)
        host.wait(lambda: not file_holds(host, SHORT))
        host.wait(lambda: file_holds(host, OTHER) and file_holds(host, SCANNED_FROM))
        host.wait(lambda: host.banned() == {SCANNED_FROM, OTHER})
        host.client.unban(Prefix.parse(OTHER))
        assert not file_holds(host, OTHER)
        rescue = [sys.executable, "-m", "scanwarden", "rescue", "--config", str(host.file)]
        lab.guarded.run([*rescue, "--admin-socket", str(host.folder / "run/admin.sock")])
        assert not file_holds(host, SCANNED_FROM)
        host.ban(OTHER)
        assert file_holds(host, OTHER)
    assert not file_holds(host, OTHER)  # nobody would end it


def test_a_responder_that_fails_is_said_and_delays_no_other(lab: Lab) -> None:
    need_programs("tcpdmatch")
    names = '"nftables", "hosts_deny", "command"'
    command = '[responders.command]\nban = ["FOLDER/ban", "{source}"]\nunban = ["/bin/true", "{source}"]\n'
    with serving(lab, more=HOSTS_DENY.format(names=names) + command, logs=["etc/"]) as host:
        host.ban(OTHER)
        assert host.in_kernel(OTHER)
        host.wait(lambda: file_holds(host, OTHER))
        host.wait(lambda: any(one.trouble for one in host.client.status().responders))
        by_name = {one.name: one for one in host.client.status().responders}
        assert by_name["nftables"].bans_in_force == 1
        assert f"{host.folder}/ban" in (by_name["command"].trouble or "")
        assert b"scanwarden_responders_broken 1" in host.client.raw("/metrics")
        host.wait(lambda: any(one.kind == "responder_broken" for one in host.records(Notice)))
        doctor = [sys.executable, "-m", "scanwarden", "doctor", "--config", str(host.file)]
        findings = lab.guarded.run(doctor, check=False, limit_s=60).text
        assert "good  responder hosts_deny: this host has what it needs" in findings
        assert "bad   responder command: bans nobody: " in findings

        noted = host.folder / "noted"
        noted.touch()
        noted.chmod(0o666)
        program = host.folder / "ban"
        program.write_text(f'#!/bin/sh\necho "$1" >> {noted}\ngrep -E "CapEff|Uid" /proc/self/status >> {noted}\n')
        program.chmod(0o755)
        host.wait(lambda: all(one.trouble is None for one in host.client.status().responders))
        host.wait(lambda: host.client.bans()[0].responders == ("nftables", "hosts_deny", "command"))
        told = noted.read_text().split()
        assert told[0] == OTHER
        assert told[told.index("CapEff:") + 1] == "0000000000000000"
        assert told[told.index("Uid:") + 1] == "65534"
        host.client.unban(Prefix.parse(OTHER))
        host.wait(lambda: not file_holds(host, OTHER))


def test_what_was_lifted_while_the_actor_was_away_is_lifted_there_too(lab: Lab) -> None:
    need_programs("tcpdmatch")
    with serving(lab, more=HOSTS_DENY.format(names='"nftables", "hosts_deny"'), logs=["etc/"]) as host:
        host.ban(OTHER, SHORT)
        host.wait(lambda: file_holds(host, OTHER) and file_holds(host, SHORT))
        actor = actor_of(host)
        os.kill(actor, signal.SIGSTOP)
        host.client.unban(Prefix.parse(OTHER))
        assert not host.in_kernel(OTHER)
        os.kill(actor, signal.SIGKILL)
        host.wait(lambda: not file_holds(host, OTHER))
        assert file_holds(host, SHORT)
