"""`watch --log` in the lab: the firewall hands packets over, or a log is written, and the scanner is banned."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from scanwarden.lab import Lab
from scanwarden.lab.addresses import BYSTANDER, GUARDED, SCANNER, address4
from scanwarden.lab.commands import missing_programs, run_command
from scanwarden.lab.watching import Watcher
from scanwarden.lab.watching import watching as watching_host
from scanwarden.model.detection import Detection, Opened
from scanwarden.model.records import Banned
from tests.loglines import failed_login

pytestmark = pytest.mark.kernel

NMAP = "nmap -n -Pn -sS -p1-200 --max-retries 1 --host-timeout 5s {target}"
REFUSING = """
table inet firewall {
  chain input {
    type filter hook input priority 0; policy accept;
    ct state established,related accept
    meta l4proto icmpv6 accept
    tcp dport { 22, 80 } log prefix "accept: " group 5 accept
    log prefix "drop: " group 5 drop
  }
}
"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Give a lab network whose guarded host logs what it refuses, or skip where nmap is missing."""
    if missing := missing_programs([NMAP]):
        pytest.skip(f"needs {', '.join(missing)}")
    with Lab() as running:
        running.guarded.run(["nft", "-f", "-"], stdin=REFUSING.encode())
        yield running


def watching(lab: Lab, *options: str) -> AbstractContextManager[Watcher]:
    return watching_host(lab.guarded, *options, interface=None)


def test_refused_packets_handed_over_by_the_firewall_ban_the_scanner(lab: Lab) -> None:
    with watching(lab, "--log", "nflog:5", "--enforce") as watch:
        for _ in range(10):
            for port in (22, 80):
                lab.bystander.connect(address4(GUARDED), port).close()
        run_command(lab.scanner, NMAP)
        banned = watch.wait_for(Banned)
        with pytest.raises(TimeoutError):
            lab.scanner.connect(address4(GUARDED), 22, limit_s=1.0)
        lab.bystander.connect(address4(GUARDED), 22).close()
        records = watch.finish()
    assert str(banned.source) == f"{address4(SCANNER)}/32"
    scans = {str(one.source.address) for one in records if isinstance(one, Detection)}
    assert scans == {address4(SCANNER)}
    (opened,) = [one for one in records if isinstance(one, Opened)]
    assert (opened.techniques, opened.sensor) == (("tcp_syn",), "nflog:5")
    assert address4(BYSTANDER) not in str(scans)


def test_a_guesser_in_a_log_is_banned(lab: Lab, tmp_path: Path) -> None:
    log = tmp_path / "secure"
    log.touch()
    with watching(lab, "--log", str(log), "--enforce") as watch:
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(failed_login(index, source=address4(SCANNER), at_s=index) for index in range(5)))
        banned = watch.wait_for(Banned)
        watch.finish()
    assert str(banned.source) == f"{address4(SCANNER)}/32"
    assert "it guesses logins" in banned.reason
