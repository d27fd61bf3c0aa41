"""The forecast says what would happen and which line decides."""

from pathlib import Path

import pytest

from scanwarden.config import load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import Names
from scanwarden.daemon.forecast import Forecast, forecast
from scanwarden.daemon.protection import Protection
from scanwarden.model.address import Address, Prefix

HOST = Protection(labels={Prefix.parse("192.0.2.1"): "gateway of eth0"}, on_link=())
TEXT = """[policy]
mode = "enforce"
minimum_severity = 2
allowlist = [
    "198.51.100.0/24",
    "203.0.113.7 ports 22",
]
ladder = ["5 min", "1 h"]
[[policy.networks]]
networks = ["10.0.0.0/8"]
mode = "observe"
ladder = ["1 min"]
[[policy.networks]]
networks = ["172.16.0.0/12"]
minimum_severity = 4
"""


def forecast_of(address: str, file: Path) -> list[Forecast]:
    file.write_text(TEXT)
    settings = load(file)
    names = Names(lambda _: [])
    names.look_up(settings.of(PolicySettings).allowlist)
    return forecast(Address.parse(address), settings, HOST, names)


@pytest.mark.parametrize(
    ("address", "forged", "proved", "decided_by"),
    [
        ("192.0.2.1", "spare", "spare", "this host itself, not the configuration"),
        ("198.51.100.9", "spare", "spare", "[policy] allowlist, {file}:5"),
        (
            "203.0.113.9",
            "ban of 203.0.113.9 for 10 min",
            "ban of 203.0.113.9 for 5 min",
            "[policy] ladder, {file}:8",
        ),
        (
            "10.1.1.1",
            "ban of 10.1.1.1 for 10 min, only reported (observe)",
            "ban of 10.1.1.1 for 1 min, only reported (observe)",
            "[[policy.networks]] ladder, {file}:12",
        ),
        ("172.16.1.1", "notify", "notify", "[[policy.networks]] minimum_severity, {file}:15"),
    ],
)
def test_the_answer_names_action_and_line(
    tmp_path: Path, address: str, forged: str, proved: str, decided_by: str
) -> None:
    file = tmp_path / "scanwarden.toml"
    half_open, completed = forecast_of(address, file)
    assert (half_open.action, completed.action) == (forged, proved)
    assert completed.decided_by == decided_by.format(file=file)


@pytest.mark.parametrize(
    ("address", "but"),
    [
        ("203.0.113.7", ("spared if it touches only the ports of [policy] allowlist, {file}:6",)),
        ("10.1.1.1", ("only reported by [[policy.networks]] mode, {file}:11",)),
        ("203.0.113.9", ()),
        ("198.51.100.9", ()),
    ],
)
def test_what_else_decides_is_named_with_its_line(tmp_path: Path, address: str, but: tuple[str, ...]) -> None:
    file = tmp_path / "scanwarden.toml"
    for answer in forecast_of(address, file):
        assert answer.but == tuple(one.format(file=file) for one in but)
