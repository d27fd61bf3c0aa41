"""The table hands over first packets from outside, at a bounded rate."""

from scanwarden.sensors.connections.table import removal, ruleset


def test_the_rate_is_capped_by_the_kernel_and_what_is_left_out_is_counted() -> None:
    lines = [line.strip() for line in ruleset(50).splitlines()]
    assert 'limit rate over 500/second burst 500 packets counter name "left_out" return' in lines
    assert lines.index("ct state != new return") < lines.index("log group 7226 snaplen 96")
    assert lines[:2] == removal().splitlines()
