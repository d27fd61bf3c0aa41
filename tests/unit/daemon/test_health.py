"""What goes wrong with a sensor is told once, and losses once a minute."""

from scanwarden.daemon.health import SensorHealth
from scanwarden.model.time import NS_PER_S


def found(health: SensorHealth, now_s: int = 0, *, failure: str | None = None, **counters: int) -> list[str]:
    return [one.kind for one in health.findings(counters, record_failure=failure, now_ns=now_s * NS_PER_S)]


def test_a_sound_sensor_gives_nothing() -> None:
    assert found(SensorHealth(), received=100, dropped=0, interfaces_down=0) == []


def test_losses_are_told_once_a_minute_with_all_that_came_since() -> None:
    health = SensorHealth()
    assert found(health, 0, dropped=5) == ["packets_lost"]
    assert found(health, 30, dropped=9) == []
    (finding,) = health.findings({"dropped": 12}, record_failure=None, now_ns=61 * NS_PER_S)
    assert finding.counts == {"dropped": 7}
    assert found(health, 200, dropped=12) == []


def test_an_interface_that_goes_down_and_comes_back_is_told_both_times() -> None:
    health = SensorHealth()
    assert found(health, interfaces_down=1) == ["interface_down"]
    assert found(health, interfaces_down=1) == []
    assert found(health, interfaces_down=0) == ["interface_up"]


def test_a_record_that_broke_off_is_told_with_the_reason() -> None:
    (finding,) = SensorHealth().findings({}, record_failure="the disk is full", now_ns=0)
    assert finding.text == "packets are no longer recorded: the disk is full"
