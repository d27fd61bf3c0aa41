"""Send to Slack, Discord, Telegram and some hundred others through apprise (`pip install scanwarden[notify]`)."""

import logging

from scanwarden.config.sections.sinks_apprise import AppriseSettings
from scanwarden.errors import ConfigError
from scanwarden.sinks.base import Message, SinkError

MAX_ADDRESSES = 32


class Messengers:
    """All addresses of the file; each message is sent to all, and again to all if one of them failed."""

    name = "apprise"

    def __init__(self, settings: AppriseSettings) -> None:
        """Read the addresses; raise ConfigError if there are none, or apprise knows one of them not."""
        try:
            import apprise  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ConfigError(
                "[sinks.apprise] needs apprise", remedy="install it: pip install 'scanwarden[notify]'"
            ) from error
        if settings.urls_file is None:
            raise ConfigError("[sinks.apprise] urls_file is missing")
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines hold tokens
        lines = [line.strip() for line in settings.urls_file.read().splitlines()]
        addresses = [line for line in lines if line and not line.startswith("#")]
        if not 1 <= len(addresses) <= MAX_ADDRESSES:
            raise ConfigError(f"{settings.urls_file} holds {len(addresses)} addresses, not 1 to {MAX_ADDRESSES}")
        self._apprise = apprise.Apprise()
        for number, address in enumerate(addresses, 1):
            if not self._apprise.add(address):
                raise ConfigError(f"address {number} of {settings.urls_file} is none that apprise knows")

    def send(self, message: Message) -> None:
        """Send to every address; raise SinkError if one does not take it."""
        if not self._apprise.notify(title=message.title, body=message.text):
            raise SinkError("a messenger did not take the message", remedy="try its address with `apprise -vv`")
