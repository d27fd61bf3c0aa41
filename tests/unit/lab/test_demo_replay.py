import pytest

from scanwarden.lab import demo_replay, pcap
from scanwarden.lab.demo_replay import CAPTURE, show_replay
from scanwarden.lab.stage import BrokenClaimError, Stage


def test_bundled_capture_shows_the_scan_and_not_the_reader(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage()
    show_replay(stage)
    shown = capsys.readouterr().out
    assert stage.claims == 1
    assert "10.77.1.50 scanned" in shown
    assert "10.77.1.60" not in shown


def test_claim_that_does_not_hold_ends_the_demonstration(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("capture") / "empty.pcap"
    pcap.write_pcap(empty, pcap.read_pcap(CAPTURE)[:10])
    monkeypatch.setattr(demo_replay, "CAPTURE", empty)
    with pytest.raises(BrokenClaimError, match="found 0 scans"):
        show_replay(Stage())
