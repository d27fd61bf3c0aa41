import msgspec
import pytest

from scanwarden.model.address import Prefix
from scanwarden.model.prefix_table import PrefixTable
from scanwarden.responders.admission import admit
from tests.unit.responders.samples import ban_of

PROTECTED = PrefixTable({Prefix.parse("192.0.2.1"): "gateway"})


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("192.0.2.1", "holds a protected address: 192.0.2.1/32 (gateway)"),
        ("192.0.2.0/24", "holds a protected address"),
        ("192.2.0.0/15", "wider than /16"),
        ("2001:db8::/47", "wider than /48"),
    ],
)
def test_what_may_not_be_banned_is_refused_with_the_reason(source: str, words: str) -> None:
    admitted, refused = admit([ban_of(source), ban_of("203.0.113.5")], PROTECTED)
    assert [str(ban.source) for ban in admitted] == ["203.0.113.5/32"]
    assert words in refused[0].reason


@pytest.mark.parametrize("duration_s", [0, -5, 31 * 86_400])
def test_a_ban_without_a_sensible_end_is_refused(duration_s: int) -> None:
    ban = msgspec.structs.replace(ban_of("203.0.113.5"), duration_s=duration_s)
    assert admit([ban], PROTECTED)[0] == []


def test_a_protected_address_is_not_banned_in_its_mapped_form() -> None:
    mapped = Prefix(bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1]), 128)
    admitted, refused = admit([msgspec.structs.replace(ban_of("203.0.113.5"), source=mapped)], PROTECTED)
    assert not admitted
    assert "gateway" in refused[0].reason


def test_of_two_bans_for_one_source_the_later_counts() -> None:
    admitted, refused = admit([ban_of("203.0.113.5", duration_s=1), ban_of("203.0.113.5", duration_s=2)], PROTECTED)
    assert [ban.duration_s for ban in admitted] == [2]
    assert [refusal.ban.duration_s for refusal in refused] == [1]
