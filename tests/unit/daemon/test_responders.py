"""A responder is chosen by its name."""

from pathlib import Path

import pytest

from scanwarden.daemon.responders import RESPONDERS, choose_responder
from scanwarden.errors import ResponderError
from scanwarden.model.prefix_table import PrefixTable


@pytest.mark.parametrize("name", RESPONDERS)
def test_each_name_gives_the_responder_that_bears_it(name: str, tmp_path: Path) -> None:
    responder = choose_responder(name, protected=PrefixTable(), hosts_deny=tmp_path / "hosts.deny")
    assert responder.name == name
    responder.close()


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ResponderError, match="no responder 'fax'"):
        choose_responder("fax", protected=PrefixTable(), hosts_deny=tmp_path / "hosts.deny")
