"""`watch` refuses what cannot work before it starts, and sums up in a line."""

import pytest
from click.testing import CliRunner

from scanwarden.cli import main
from scanwarden.cli.watch import summary
from scanwarden.daemon.watch import WatchTotals


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--interface"),
        (["--interface", "nowhere0"], "nowhere0"),
        (["--interface", "lo", "--ban-time", "soon"], "write it like 90s"),
        (["--interface", "lo", "--allow", "10.0.0.1/8"], "write 10.0.0.0/8 for the network"),
        (["--interface", "lo", "--enforec"], "--enforce"),
        (["--interface", "lo", "--record", "/nowhere/record.pcap"], "/nowhere/record.pcap"),
        (["--log", "/nowhere/messages"], "/nowhere/messages"),
        (["--log", "journal", "--log", "/var/log/messages"], "tell of the same lines"),
        (["--log", "nflog:5", "--record", "x.pcap"], "needs an --interface"),
        (["--log", "nflog:5", "--stealth-trap", "7"], "--stealth-trap needs an --interface"),
        (["--interface", "lo", "--responder", "hosts_deny"], "--responder works only with --enforce"),
        (["--interface", "lo", "--tripwire"], "--tripwire works only with --enforce"),
        (["--interface", "lo", "--hosts-deny", "/nowhere/hosts.deny"], "--hosts-deny works only with --enforce"),
        (["--interface", "lo", "--enforce", "--hosts-deny", "/nowhere/hosts.deny"], "only with --responder hosts_deny"),
        (["--interface", "lo", "--trap", "7", "--trap-banner", "x" * 513], "has at most 512 characters"),
        (["--interface", "lo", "--trap", "7", "--trap-weight", "99"], "--trap-weight"),
        (["--interface", "lo", "--stealth-trap", "0"], "cannot be trapped"),
    ],
)
def test_what_cannot_work_is_refused_in_two_lines(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["watch", *arguments], prog_name="scanwarden")
    assert result.exit_code == 2
    assert result.stderr.startswith("scanwarden: error: ")
    assert message in result.stderr or "CAP_NET_RAW" in result.stderr
    assert "Traceback" not in result.output


def test_the_summary_says_what_was_seen_and_done() -> None:
    totals = WatchTotals(packets=2008, scans=1, would_ban=1, bans=2, seconds=61.2)
    assert summary(totals, is_enforcing=False) == "1 scan and 1 ban proposed in 1 min 1 s; 2,008 packets looked at"
    totals.dropped = 3
    assert (
        summary(totals, is_enforcing=True) == "1 scan and 2 bans in 1 min 1 s; 2,008 packets looked at; 3 packets lost"
    )
