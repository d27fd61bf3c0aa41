"""`replay` tells people or programs, and its exit status says what it found."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanwarden.cli import main
from scanwarden.cli.replay import summary
from scanwarden.daemon.replay import Totals
from scanwarden.formats import native
from tests.captures import GUARDED, SCANNER, capture, refused
from tests.loglines import dropped, failed_login


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """Give a capture of one scan of ten ports."""
    return capture(tmp_path / "scan.pcap", refused(range(1, 11)))


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    """Give a capture of one mistaken connection."""
    return capture(tmp_path / "quiet.pcap", refused([443]))


def replay(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)], prog_name="scanwarden")


def test_no_scan_is_status_0(quiet: Path) -> None:
    result = replay(quiet)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("\n0 scans in 2 packets of 1 file\n")


def test_a_scan_is_status_1_and_told_as_a_story(scan: Path) -> None:
    result = replay(scan)
    assert (result.exit_code, result.stderr) == (1, "")
    assert f"home      {GUARDED} (inferred: it answers others; --home overrides)" in result.stdout
    assert f"{SCANNER} scanned 10 ports of {GUARDED}" in result.stdout
    assert "learnt    no open port (10 closed)" in result.stdout
    assert f"done      would ban {SCANNER} for 10 min" in result.stdout
    assert "\n1 scan in 20 packets of 1 file\n" in result.stdout
    assert max(map(len, result.stdout.splitlines()[2:])) <= 80


def test_json_lines_are_records_and_the_totals_stand_apart(scan: Path) -> None:
    result = replay(scan, "--format", "json")
    records = [native.decode(line) for line in result.stdout_bytes.splitlines()]
    assert [json.loads(line)["event"] for line in result.stdout.splitlines()] == [
        "ready",
        "opened",
        "decision",
        "closed",
    ]
    assert len(records) == 4
    assert result.stderr == "1 scan in 20 packets of 1 file\n"
    assert result.exit_code == 1


def test_the_evidence_is_explained_when_asked(scan: Path) -> None:
    result = replay(scan, "--explain")
    assert "Why sw-" in result.stdout
    assert "A harmless client was told which port to use" in result.stdout
    assert "14.0 scan" in result.stdout


def test_home_and_threshold_are_options(scan: Path) -> None:
    assert replay(scan, "--home", SCANNER).exit_code == 0
    assert replay(scan, "--home", "192.0.2.8/30", "--home", "10.0.0.1").exit_code == 1
    assert replay(scan, "--threshold", "100").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["/nowhere/x.pcap"], "/nowhere/x.pcap"),
        (["--home", "192.0.2.1/24", "x"], "write 192.0.2.0/24 for the network"),
        (["--format", "xml", "x"], "--format"),
        (["--explian", "x"], "--explain"),
        ([], "FILE"),
    ],
)
def test_a_failure_is_status_2_and_names_what_was_wrong(arguments: Sequence[str], message: str) -> None:
    result = replay(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith("scanwarden: error: ")
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_failure_outweighs_a_scan(scan: Path, quiet: Path) -> None:
    result = replay(scan, "/nowhere/x.pcap", quiet)
    assert result.exit_code == 2
    assert "1 scan in 22 packets of 2 files" in result.stdout


def test_several_files_are_counted_together(scan: Path, quiet: Path) -> None:
    assert "2 scans in 42 packets of 3 files" in replay(scan, quiet, scan).stdout


def test_standard_input_is_read_by_the_installed_program(scan: Path) -> None:
    with scan.open("rb") as packets:
        result = subprocess.run(
            [sys.executable, "-m", "scanwarden", "replay", "-"], stdin=packets, capture_output=True, check=False
        )
    assert (result.returncode, result.stderr) == (1, b"")
    assert b"Reading standard input\n" in result.stdout
    assert b"1 scan in 20 packets of 1 file" in result.stdout


def test_a_reader_that_leaves_early_ends_it_quietly(scan: Path) -> None:
    command = [sys.executable, "-m", "scanwarden", "replay", *[str(scan)] * 200]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.readline()
        program.stdout.close()
        complaints = program.stderr.read()
    assert (program.returncode, complaints) == (141, b"")


def test_a_hostile_file_name_is_escaped(tmp_path: Path) -> None:
    path = capture(tmp_path / "a\x1b[2Jb\nscanwarden: all is well.pcap", refused([1]))
    assert "\x1b" not in replay(path).output
    assert not any(line.startswith("scanwarden: all") for line in replay(path).output.splitlines())


def test_the_rate_is_told_when_there_is_enough_to_measure() -> None:
    totals = Totals(files=1, packets=2_000_000, scans=0, cpu_ns=500_000_000)
    assert summary(totals) == "0 scans in 2,000,000 packets of 1 file; 4,000,000 packets per CPU second"
    totals.malformed.update({"tcp_truncated": 3, "ip_version": 1})
    assert summary(totals).endswith("; 4 could not be decoded (3 tcp truncated and 1 ip version)")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("portsentry", f"attackalert: TCP SYN/Normal scan from host: {SCANNER}/{SCANNER} to TCP port: "),
        ("portsentry2", f"Scan from: [{SCANNER}] ({SCANNER}) protocol: [TCP] port: ["),
        ("iplog", "TCP: SYN scan detected [ports "),
        ("scanlogd", f"{SCANNER} to {GUARDED} ports "),
        ("psad", "scan detected ("),
        ("eve", '{"timestamp":"'),
        ("ecs", '{"@timestamp":"'),
        ("ocsf", '{"class_uid":2004,'),
        ("cef", "CEF:0|scanwarden|scanwarden|"),
        ("dshield", "20"),
    ],
)
def test_every_record_format_can_be_chosen(scan: Path, name: str, line: str) -> None:
    result = replay(scan, "--format", name)
    assert result.exit_code == 1
    assert result.stdout.startswith(line)
    assert result.stderr.startswith("1 scan in 20 packets")


def test_an_unknown_record_format_is_refused_with_the_known_ones(scan: Path) -> None:
    result = replay(scan, "--format", "xml")
    assert result.exit_code == 2
    assert "'portsentry2'" in result.stderr


@pytest.fixture
def scan_log(tmp_path: Path) -> Path:
    """Give a firewall log of one scan of twenty ports."""
    path = tmp_path / "messages"
    path.write_text("".join(dropped(port, at_s=port / 10) for port in range(1, 21)))
    return path


def test_a_log_is_recognised_and_mixed_with_captures(scan: Path, scan_log: Path) -> None:
    result = replay(scan_log, scan)
    assert result.exit_code == 1
    assert f"{SCANNER} scanned 20 ports of {GUARDED}" in result.stdout
    assert "\n2 scans in 20 packets and 20 lines of 2 files\n" in result.stdout


def test_what_prefixes_mean_is_an_option(scan_log: Path) -> None:
    result = replay(scan_log, "--verdict", "DROP=allowed")
    assert result.exit_code == 0
    assert "0 scans in 20 lines of 1 file; 20 lines without evidence (20 allowed)" in result.stdout
    assert "write PREFIX=refused" in replay(scan_log, "--verdict", "DROP=no").stderr


def test_the_clock_of_a_log_is_an_option(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.write_text("".join(dropped(port, at_s=port).replace("+00:00", "") for port in range(1, 21)))
    times = [
        json.loads(replay(path, "--format", "json", *more).stdout.splitlines()[1])["time"]
        for more in ((), ("--utc-offset", "+02:00"))
    ]
    assert [time[11:16] for time in times] == ["15:06", "13:06"]
    assert "write it like +02:00" in replay(path, "--utc-offset", "Vienna").stderr


def test_a_guesser_is_told_with_what_would_be_done(tmp_path: Path) -> None:
    path = tmp_path / "secure"
    path.write_text("".join(failed_login(index, at_s=index) for index in range(5)))
    result = replay(path)
    assert result.exit_code == 0, "guessing is no scan"
    assert f"notice login_guessing: {SCANNER} guesses logins: 5 failures within 4 s" in result.stdout
    assert f"policy would ban {SCANNER} for 10 min" in result.stdout
    assert f"notice login_failures: {SCANNER} failed to log in 5 times" in result.stdout
    assert replay(path, "--login-failures").stdout.count("notice login_failure:") == 5


def test_an_input_format_is_taken_and_an_unknown_one_refused(scan_log: Path) -> None:
    assert replay(scan_log, "--input-format", "syslog").exit_code == 1
    assert replay(scan_log, "--input-format", "capture").exit_code == 2
    assert "'journald'" in replay(scan_log, "--input-format", "paper").stderr


def test_standard_input_may_be_a_log(scan_log: Path) -> None:
    command = [sys.executable, "-m", "scanwarden", "replay", "-"]
    done = subprocess.run(command, input=scan_log.read_bytes(), capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"1 scan in 20 lines of 1 file" in done.stdout
