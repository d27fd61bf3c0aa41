"""Messages through apprise, to a web server of ours."""

import json
from pathlib import Path

import pytest

from scanwarden.config.secret import SecretFile
from scanwarden.config.sections.sinks_apprise import AppriseSettings
from scanwarden.errors import ConfigError
from scanwarden.sinks.base import SinkError
from scanwarden.sinks.messengers import Messengers
from tests.unit.sinks.test_email import MESSAGE
from tests.unit.sinks.test_webhook import receiver

# Its own calls to what Python will drop are not our concern.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def addresses(folder: Path, *lines: str) -> AppriseSettings:
    file = folder / "messengers"
    file.write_text("\n".join(["# ours", "", *lines]))
    file.chmod(0o600)
    return AppriseSettings(urls_file=SecretFile(file))


def test_a_message_reaches_every_address(tmp_path: Path) -> None:
    with receiver(200) as (one, to_one), receiver(200) as (two, to_two):
        urls = [url.replace("http:", "json:") for url in (one, two)]
        Messengers(addresses(tmp_path, *urls)).send(MESSAGE)
    for posts in (to_one, to_two):
        ((_, _, body),) = posts
        assert json.loads(body)["title"] == MESSAGE.title


def test_one_that_fails_is_told(tmp_path: Path) -> None:
    with receiver(500) as (url, _), pytest.raises(SinkError, match="did not take"):
        Messengers(addresses(tmp_path, url.replace("http:", "json:"))).send(MESSAGE)


@pytest.mark.parametrize("lines", [(), ("nonsense",)])
def test_a_file_without_a_known_address_is_refused(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="address"):
        Messengers(addresses(tmp_path, *lines))
