"""A log is recognised whatever wrote it and whatever it is packed in; what it says reaches the detector."""

import gzip
from pathlib import Path

import pytest

from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import SensorError
from scanwarden.model.detection import Opened
from scanwarden.sensors.log_file import LogSensor
from scanwarden.sensors.log_reading import LogReading
from scanwarden.sensors.replay import input_formats, open_input
from tests.loglines import SCANNER, dropped, failed_login

SCAN = "".join(dropped(port, at_s=port / 10) for port in range(1, 21))


def opened(path: Path, reading: LogReading | None = None, input_format: str | None = None) -> LogSensor:
    sensor = open_input(str(path), reading=reading or LogReading(), input_format=input_format)
    assert isinstance(sensor, LogSensor)
    return sensor


def scanners(sensor: LogSensor) -> list[str]:
    core = new_core(DetectorSettings())
    while sensor.feed(core, max_packets=1):
        pass
    return [str(one.source.address) for one in Detector(core).statements() if isinstance(one, Opened)]


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_refused_packets_are_a_scan(tmp_path: Path) -> None:
    sensor = opened(written(tmp_path / "messages", SCAN))
    assert sensor.format == "syslog"
    assert scanners(sensor) == [SCANNER]
    assert (sensor.lines(), sensor.packets(), sensor.infer_home()) == (20, 0, ())
    assert sensor.progress() == (len(SCAN), len(SCAN))


def test_a_packed_log_is_unpacked(tmp_path: Path) -> None:
    assert scanners(opened(written(tmp_path / "messages.gz", gzip.compress(SCAN.encode())))) == [SCANNER]


def test_a_damaged_archive_gives_what_came_before(tmp_path: Path) -> None:
    packed = gzip.compress(SCAN.encode())
    sensor = opened(written(tmp_path / "cut.gz", packed[:-12]))
    with pytest.raises(SensorError, match=r"cut\.gz: damaged at byte \d+ of the uncompressed stream"):
        scanners(sensor)
    assert sensor.lines() >= 10


def test_a_named_format_is_not_second_guessed(tmp_path: Path) -> None:
    assert scanners(opened(written(tmp_path / "log", SCAN), input_format="proxmox")) == []
    assert {"capture", "syslog", "journald", "zeek", "eve"} <= set(input_formats())


def test_the_operators_word_about_a_prefix_counts(tmp_path: Path) -> None:
    path = written(tmp_path / "log", SCAN)
    sensor = opened(path, LogReading(verdicts=(("DROP", "allowed"),)))
    assert scanners(sensor) == []
    assert sensor.unused() == {"allowed": 20}


def test_lines_without_year_are_dated_by_the_files_last_change(tmp_path: Path) -> None:
    lines = [line.split(" ", 1)[1] for line in SCAN.splitlines(keepends=True)]
    sensor = opened(
        written(tmp_path / "messages", "".join(f"Jun 15 15:06:4{n % 10} {line}" for n, line in enumerate(lines)))
    )
    assert scanners(sensor) == [SCANNER]
    assert sensor.unused() == {}


def test_failed_logins_become_notices(tmp_path: Path) -> None:
    text = "".join(failed_login(index, at_s=index) for index in range(6))
    sensor = opened(written(tmp_path / "secure", text))
    assert scanners(sensor) == []
    (notice,) = sensor.notices()
    assert notice.source is not None
    assert (notice.kind, str(notice.source.address), notice.counts["failures"]) == ("login_guessing", SCANNER, 5)
    assert sensor.notices() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"nothing that anybody knows\n" * 9, "it looks like a text file"),
        (b"<html></html>\n", "XML or HTML"),
        (b"BZh91AY&SY", "bzip2 -d"),
        (b"", "empty"),
    ],
)
def test_what_is_no_log_is_named_with_what_it_looks_like(tmp_path: Path, content: bytes, words: str) -> None:
    path = written(tmp_path / "strange", content)
    with pytest.raises(SensorError, match="strange") as caught:
        open_input(str(path), reading=LogReading())
    assert words in str(caught.value)


def test_an_endless_line_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless"
    with path.open("wb") as file:
        file.write(SCAN.encode())
        for _ in range(64):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + SCAN.replace(SCANNER, "192.0.2.51").encode())
    before = resident_bytes()
    sensor = opened(path)
    assert scanners(sensor) == [SCANNER, "192.0.2.51"]
    assert sensor.unused() == {"line_too_long": 1}
    # Two detectors' tables and the reading buffers are not the line's.
    assert resident_bytes() - before < 60 << 20


def resident_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) * 1024
