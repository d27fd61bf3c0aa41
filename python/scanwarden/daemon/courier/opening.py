"""Make the sinks that the configuration names, and run them without privileges."""

import signal
import socket
from pathlib import Path

from scanwarden.config import Settings
from scanwarden.config.sections.control import ControlSettings
from scanwarden.config.sections.enrichment import EnrichmentSettings
from scanwarden.config.sections.sinks_apprise import AppriseSettings
from scanwarden.config.sections.sinks_email import EmailSettings
from scanwarden.config.sections.sinks_journald import JournaldSettings
from scanwarden.config.sections.sinks_jsonl import JsonlSettings
from scanwarden.config.sections.sinks_syslog import SyslogSettings
from scanwarden.config.sections.sinks_webhook import WebhookSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.control.client import ControlClient
from scanwarden.daemon import privileges
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.courier.composing import Composer
from scanwarden.daemon.courier.courier import Courier, Post
from scanwarden.daemon.courier.fetching import keep_fetching
from scanwarden.daemon.courier.following import Follower
from scanwarden.daemon.own_folder import own_folder
from scanwarden.enrich import Enricher, configured_enricher, fetched_lists
from scanwarden.errors import ConfigError
from scanwarden.sinks.base import Writer
from scanwarden.sinks.email import Mail
from scanwarden.sinks.journald import Journal
from scanwarden.sinks.jsonl import JsonlFile
from scanwarden.sinks.messengers import Messengers
from scanwarden.sinks.syslog import Syslog
from scanwarden.sinks.webhook import Webhook

BOX_NAME = "outbox.db"


def wants_courier(settings: Settings) -> bool:
    """Say whether there is anything to carry out, or to fetch."""
    return any(
        (
            bool(settings.of(EnrichmentSettings).threat_urls),
            settings.of(SyslogSettings).enabled,
            settings.of(JournaldSettings).enabled,
            settings.of(JsonlSettings).enabled,
            settings.of(EmailSettings).enabled,
            settings.of(WebhookSettings).enabled,
            settings.of(AppriseSettings).enabled,
        )
    )


def run_courier(settings: Settings) -> None:
    """Be the courier until SIGTERM: open files and read secrets, then give up every privilege.

    Raises ScanwardenError.
    """
    account = privileges.Account()
    load_ahead()
    writers = open_writers(settings, account)
    store = settings.of(StoreSettings).path
    enrichment, lists = settings.of(EnrichmentSettings), fetched_lists(settings)
    enricher = configured_enricher(settings)
    posts = open_posts(settings, enricher if enricher.is_used else None)
    _own_folder(store.parent, account, is_shared=True)
    _own_folder(lists, account, is_shared=True)
    privileges.drop(account)
    follower = Follower(ControlClient(settings.of(ControlSettings).read_socket), store)
    courier = Courier(follower, store.with_name(BOX_NAME), writers=writers, posts=posts)
    if enrichment.threat_urls:
        keep_fetching(enrichment.threat_urls, lists, every_s=enrichment.refresh.seconds)
    signal.signal(signal.SIGTERM, lambda *_: courier.stop())
    signal.signal(signal.SIGINT, lambda *_: courier.stop())
    courier.run()


def open_writers(settings: Settings, account: privileges.Account) -> list[Writer]:
    """Make the sinks that write each record as it comes; raise ConfigError."""
    writers: list[Writer] = []
    if (jsonl := settings.of(JsonlSettings)).enabled:
        _own_folder(jsonl.file.parent, account)
        writers.append(JsonlFile(jsonl))
    if (syslog := settings.of(SyslogSettings)).enabled:
        writers.append(Syslog(syslog))
    if settings.of(JournaldSettings).enabled:
        writers.append(Journal())
    return writers


def open_posts(settings: Settings, enricher: Enricher | None = None) -> list[Post]:
    """Make the sinks that send messages, and read their secrets; raise ConfigError."""
    host = socket.gethostname()
    posts = []
    if (email := settings.of(EmailSettings)).enabled:
        composer = Composer(host=host, template=email.template, enricher=enricher)
        posts.append(Post(messenger=Mail(email), settings=email, composer=composer))
    if (webhook := settings.of(WebhookSettings)).enabled:
        posts.append(
            Post(messenger=Webhook(webhook), settings=webhook, composer=Composer(host=host, enricher=enricher))
        )
    if (apprise := settings.of(AppriseSettings)).enabled:
        composer = Composer(host=host, template=apprise.template, enricher=enricher)
        posts.append(Post(messenger=Messengers(apprise), settings=apprise, composer=composer))
    return posts


def _own_folder(folder: Path, account: privileges.Account, *, is_shared: bool = False) -> None:
    try:
        own_folder(folder, account, is_shared=is_shared)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made: {error.strerror}") from error
