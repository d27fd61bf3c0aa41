import pytest

from scanwarden.audit.active.far import Far
from scanwarden.errors import SensorError


@pytest.mark.parametrize("text", ["-oProxyCommand=x", "a b", "", "a;b", "a$(b)", "a`b`", "host\n", "x" * 300])
def test_what_is_no_destination_is_refused(text: str) -> None:
    with pytest.raises(SensorError):
        Far.parse(text)


@pytest.mark.parametrize("text", ["probe.example.net", "admin@probe", "ssh://admin@probe:2222", "admin@192.0.2.1"])
def test_destinations_are_those_of_ssh(text: str) -> None:
    assert Far.parse(text).name == text


@pytest.mark.parametrize("word", ["a b", "$HOME", "`id`", "a;b", "'", '"', "*", ""])
def test_no_word_that_a_far_shell_would_look_at_is_sent(word: str) -> None:
    with pytest.raises(SensorError):
        Far("probe").run(["nmap", word])
