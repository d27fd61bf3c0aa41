"""The forecast says what would happen and which line decides."""

from pathlib import Path

import pytest

from scanwarden.config import load
from scanwarden.config.sections.policy import PolicySettings
from scanwarden.daemon.configured import Names
from scanwarden.daemon.forecast import forecast
from scanwarden.daemon.protection import Protection
from scanwarden.model.address import Address, Prefix

HOST = Protection(labels={Prefix.parse("192.0.2.1"): "gateway of eth0"}, on_link=())
TEXT = """[policy]
mode = "enforce"
minimum_severity = 2
allowlist = [
    "198.51.100.0/24",
]
ladder = ["5 min", "1 h"]
[[policy.networks]]
networks = ["10.0.0.0/8"]
mode = "observe"
"""


@pytest.mark.parametrize(
    ("address", "forged", "proved", "decided_by"),
    [
        ("192.0.2.1", "spare", "spare", "this host itself, not the configuration"),
        ("198.51.100.9", "spare", "spare", "[policy] allowlist, {file}:4"),
        (
            "203.0.113.9",
            "ban of 203.0.113.9/32 for 600 s",
            "ban of 203.0.113.9/32 for 300 s",
            "[policy] ladder, {file}:7",
        ),
        (
            "10.1.1.1",
            "ban of 10.1.1.1/32 for 600 s, only reported (observe)",
            "ban of 10.1.1.1/32 for 300 s, only reported (observe)",
            "[policy] ladder, {file}:7",
        ),
    ],
)
def test_the_answer_names_action_and_line(
    tmp_path: Path, address: str, forged: str, proved: str, decided_by: str
) -> None:
    file = tmp_path / "scanwarden.toml"
    file.write_text(TEXT)
    settings = load(file)
    names = Names(lambda _: [])
    names.look_up(settings.of(PolicySettings).allowlist)
    half_open, completed = forecast(Address.parse(address), settings, HOST, names)
    assert (half_open.action, completed.action) == (forged, proved)
    assert completed.decided_by == decided_by.format(file=file)
