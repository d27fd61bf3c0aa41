"""What a message says."""

import json
from pathlib import Path

import pytest

from scanwarden.daemon.courier.composing import MAX_SCANS_TOLD, Composer
from scanwarden.daemon.courier.outbox import Letter
from scanwarden.errors import ConfigError
from scanwarden.model.records import Banned, Decided
from tests.samples import BAN, DECISION, record
from tests.unit.store.records import START, scan_id, statement


def letter(number: int = 1, *, source: str = "203.0.113.7", severity: int = 2, tool: str = "nmap") -> Letter:
    decision, ban = record(DECISION, id=scan_id(number)), record(BAN, id=scan_id(number))
    assert isinstance(decision, Decided)
    assert isinstance(ban, Banned)
    detection = statement(number, source=source, severity=severity, tool=tool)
    return Letter(detection=detection, decision=decision, ban=ban)


def test_a_message_about_one_scan_tells_its_story() -> None:
    message = Composer(host="box").compose("email", [letter()], START)
    assert message.title == "scanwarden on box: 203.0.113.7 scans 10 ports of 192.0.2.10, severity 2 of 5"
    assert "nats where" in message.text
    assert "banned 10.77.1.50 for 10 min" in message.text
    assert f"scanwarden explain {scan_id(1)}" in message.text
    told = json.loads(message.records[0])
    assert (told["scan"]["id"], told["decision"]["event"], told["ban"]["event"]) == (scan_id(1), "decision", "ban")


def test_a_digest_begins_with_the_gravest_and_counts_the_rest() -> None:
    letters = [letter(number, source=f"203.0.113.{number}", severity=1 + number % 5) for number in range(1, 61)]
    message = Composer(host="box").compose("email", letters, START)
    assert message.title == "scanwarden on box: 60 scans by 60 sources, severity 5 of 5"
    assert message.text.count(" · severity ") == MAX_SCANS_TOLD
    assert "and 10 more" in message.text
    assert message.text.index("severity 5") < message.text.index("severity 4")
    assert len(message.records) == 60


def test_the_same_scans_have_the_same_id_in_one_sink() -> None:
    composer = Composer(host="box")
    letters = [letter(1), letter(2)]
    first = composer.compose("email", letters, START)
    assert composer.compose("email", letters[::-1], START.plus(60)).id == first.id
    assert composer.compose("webhook", letters, START).id != first.id
    assert composer.compose("email", letters[:1], START).id != first.id


def test_lines_fit_eighty_columns_and_hold_no_control_character() -> None:
    message = Composer(host="bo\x1bx").compose("email", [letter(tool="\x1b[2Jnm\nap\u202e")], START)
    assert max(map(len, message.text.splitlines())) <= 80
    for text in (message.title, *message.text.splitlines()):
        assert text.isprintable()


def test_a_template_words_the_text_anew(tmp_path: Path) -> None:
    file = tmp_path / "mail.j2"
    file.write_text("{{ host }}:{% for one in scans %} {{ one.scan.source.address }}{% endfor %}")
    message = Composer(host="box", template=file).compose("email", [letter()], START)
    assert message.text == "box: 203.0.113.7"


@pytest.mark.parametrize("text", ["{{ host", "{% nonsense %}"])
def test_a_wrong_template_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(ConfigError, match="is no template"):
        Composer(host="box", template=tmp_path / "x")


@pytest.mark.parametrize("text", ["{{ scans.x.y }}", "{{ host.__class__.__mro__[1].__subclasses__() }}"])
def test_a_template_that_fails_loses_no_message(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text)
    message = Composer(host="box", template=tmp_path / "x").compose("email", [letter()], START)
    assert "nats where" in message.text
    assert "The template failed" in message.text
