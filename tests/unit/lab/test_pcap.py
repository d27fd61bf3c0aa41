from pathlib import Path

import pytest

from scanwarden.errors import ScanwardenError
from scanwarden.lab import pcap

FRAMES = [(1_700_000_000_000_000_001, b"\1" * 60), (1_700_000_000_999_999_999, b"\2" * 300)]


def test_written_frames_read_back_with_their_nanoseconds(tmp_path: Path) -> None:
    pcap.write_pcap(tmp_path / "x.pcap", FRAMES)
    assert pcap.read_pcap(tmp_path / "x.pcap") == FRAMES


def test_frames_are_cut_at_the_snap_length(tmp_path: Path) -> None:
    pcap.write_pcap(tmp_path / "x.pcap", FRAMES, snap_bytes=100)
    assert [len(frame) for _, frame in pcap.read_pcap(tmp_path / "x.pcap")] == [60, 100]


def test_retimed_frames_are_in_time_order_again() -> None:
    assert [frame[0] for _, frame in pcap.retimed(FRAMES, lambda time_ns: -time_ns)] == [2, 1]


@pytest.mark.parametrize("octets", [b"", b"\xa1\xb2\xc3\xd4" + bytes(20), b"not a capture at all, but long enough"])
def test_other_files_are_refused_by_name(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(octets)
    with pytest.raises(ScanwardenError, match="other"):
        pcap.read_pcap(path)
