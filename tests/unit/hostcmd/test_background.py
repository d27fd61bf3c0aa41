import signal

import pytest

from scanwarden.hostcmd import Background, CommandTimedOutError, HostCommandError

ANNOUNCE_AND_STAY = ["python3", "-uc", "import time; print('ready'); time.sleep(60)"]


def test_a_line_can_be_waited_for_and_leaving_stops_the_program() -> None:
    with Background(ANNOUNCE_AND_STAY) as program:
        assert program.wait_for_line(lambda line: line == b"ready", 20.0) == b"ready"
    assert program.wait(1.0) == -signal.SIGTERM


def test_a_program_that_ignores_the_polite_signal_is_killed() -> None:
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(60)"
    with Background(["python3", "-uc", script]) as program:
        program.wait_for_line(lambda line: line == b"ready", 20.0)
        assert program.stop(grace_s=0.1) == -signal.SIGKILL


def test_a_program_that_ends_without_the_line_is_an_error_with_its_last_words() -> None:
    with (
        Background(["python3", "-c", "raise SystemExit('no such device')"]) as program,
        pytest.raises(HostCommandError, match="no such device"),
    ):
        program.wait_for_line(lambda line: line == b"ready", 20.0)


def test_waiting_for_a_line_or_the_end_has_a_limit() -> None:
    with Background(ANNOUNCE_AND_STAY) as program:
        with pytest.raises(CommandTimedOutError):
            program.wait_for_line(lambda line: line == b"never", 0.05)
        with pytest.raises(CommandTimedOutError):
            program.wait(0.05)
        assert program.is_running


def test_only_the_last_lines_are_kept() -> None:
    with Background(["seq", "1", "1000"], max_lines=3) as program:
        assert program.wait(20.0) == 0
        assert list(program.stdout) == [b"998", b"999", b"1000"]
