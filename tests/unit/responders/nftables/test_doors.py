import pytest

from scanwarden.responders.nftables.doors import expires_ms


@pytest.mark.parametrize(
    ("answer", "milliseconds"),
    [
        ("elements = { 10.77.1.50 timeout 10m expires 9m59s980ms }", 599_980),
        ("elements = { 10.77.1.50 timeout 7d expires 1d2h3m4s5ms }", 93_784_005),
        ("elements = { 10.77.1.50 }", 0),
    ],
)
def test_the_time_to_live_is_read_from_what_nft_prints(answer: str, milliseconds: int) -> None:
    assert expires_ms(answer) == milliseconds
