"""A replay tells whole stories; a live view tells everything as it happens."""

import pytest

from scanwarden.formats.text.narrator import MAX_REMEMBERED, Narrator
from tests.samples import BAN, CLOSED, DECISION, NOTICE, OPENED, READY, UNBAN, UPDATED, record


def test_a_replay_tells_a_scan_once_with_what_was_decided() -> None:
    narrator = Narrator(is_live=False)
    assert [narrator.lines(record(kind)) for kind in (OPENED, UPDATED, DECISION)] == [[], [], []]
    text = "\n".join(narrator.lines(record(CLOSED)))
    assert "done      would ban 10.77.1.50 for 10 min" in text


def test_a_ban_in_force_replaces_the_decision_in_the_story() -> None:
    narrator = Narrator(is_live=True)
    for kind in (OPENED, DECISION, BAN):
        narrator.lines(record(kind))
    text = "\n".join(narrator.lines(record(CLOSED)))
    assert "done      banned 10.77.1.50 for 10 min, until 2026-01-02 03:14:05 UTC" in text
    assert "would ban" not in text


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        (READY, "Reading x.pcap"),
        (OPENED, "03:04:05 SCAN   10.77.1.50 scans 1,002 ports of 10.77.1.10 (TCP SYN)"),
        (UPDATED, "03:04:05 update 10.77.1.50: technique tcp_xmas"),
        (DECISION, "03:04:05 policy would ban 10.77.1.50 for 10 min"),
        (BAN, "03:04:05 BAN    banned 10.77.1.50 for 10 min"),
        (UNBAN, "03:04:05 unban  unbanned 10.77.1.50: expired"),
        (NOTICE, "03:04:05 notice flood: 10.77.1.10 port 80 is flooded"),
    ],
)
def test_a_live_view_tells_everything_at_once(kind: dict[str, object], start: str) -> None:
    assert Narrator(is_live=True).lines(record(kind))[0].startswith(start)


def test_the_explanation_follows_the_story_when_asked() -> None:
    assert "Why sw-3f2a9c51d07b44e1 is a scan" in Narrator(is_live=False, explains=True).lines(record(CLOSED))
    assert "Why sw-3f2a9c51d07b44e1 is a scan" not in Narrator(is_live=False).lines(record(CLOSED))


def test_what_was_done_is_remembered_within_a_cap() -> None:
    narrator = Narrator(is_live=False)
    for number in range(MAX_REMEMBERED + 1):
        narrator.lines(record(DECISION, id=f"sw-{number:016x}"))
    forgotten = "\n".join(narrator.lines(record(CLOSED, id=f"sw-{0:016x}")))
    kept = "\n".join(narrator.lines(record(CLOSED, id=f"sw-{1:016x}")))
    assert "would ban" not in forgotten
    assert "would ban" in kept


def test_paint_wraps_text_and_never_changes_it() -> None:
    plain = Narrator(is_live=True).lines(record(CLOSED))
    painted = Narrator(is_live=True, paint=lambda text, role: f"<{role}>{text}</>").lines(record(CLOSED))
    assert len(painted) == len(plain)
    assert painted[0] == f"<headline>{plain[0]}</>"
