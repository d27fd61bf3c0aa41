import pytest

from scanwarden.lab.stage import BrokenClaimError, Stage


def test_lines_stay_within_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    stage = Stage()
    stage.title("A title")
    stage.step("word " * 40)
    stage.say("word " * 40)
    stage.command("word " * 40)
    stage.claim(True, "word " * 40, otherwise="never")
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


def test_broken_claim_says_what_happened_instead() -> None:
    stage = Stage()
    with pytest.raises(BrokenClaimError, match="two scans"):
        stage.claim(False, "One scan.", otherwise="two scans")
    assert stage.claims == 0


def test_text_from_the_network_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Stage().say("before\x1b[2Jafter")
    assert "\x1b" not in capsys.readouterr().out
