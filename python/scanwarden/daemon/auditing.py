"""Look at the host's openings again and again: the part that may look, and the task that takes what it found."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from scanwarden.audit.desk import AuditDesk
from scanwarden.audit.kept import FILE_NAME, keep, last
from scanwarden.audit.sockets import open_sockets
from scanwarden.audit.survey import survey
from scanwarden.config import Settings
from scanwarden.config.sections.audit import AuditSettings
from scanwarden.config.sections.store import StoreSettings
from scanwarden.daemon import privileges
from scanwarden.errors import ScanwardenError
from scanwarden.model.time import Timestamp
from scanwarden.store import Store

log = logging.getLogger(__name__)
LOOK_S = 5.0  # at the sockets alone, which costs the kernel a millisecond
TAKE_S = 2.0
LEARN_S = 10.0
# To read the rules, to see whose sockets they are, and to look into containers (capabilities(7)).
CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_SYS_ADMIN = 2, 19, 21
KEPT = (privileges.CAP_NET_ADMIN, privileges.CAP_NET_RAW, CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_SYS_ADMIN)


def survey_file(settings: Settings) -> Path:
    """Name the file by which the part tells the service."""
    return settings.of(StoreSettings).path.with_name(FILE_NAME)


def is_scheduled(settings: Settings) -> bool:
    """Say whether the configuration wants surveys: it says what is expected, and how often to look."""
    audit = settings.of(AuditSettings)
    return bool(audit.expected) and audit.every.whole_seconds > 0


def run_auditor(settings: Settings) -> None:
    """Be the auditor until SIGTERM: survey whenever the sockets change, and at least so often as `[audit] every`."""
    every_s = settings.of(AuditSettings).every.whole_seconds
    path = survey_file(settings)
    privileges.drop(privileges.Account(), keep=KEPT)
    seen: frozenset[object] = frozenset()
    surveyed_s = float("-inf")
    while True:
        try:
            sockets = frozenset((one.protocol, one.address, one.port, one.inode) for one in open_sockets())
            if sockets != seen or time.monotonic() - surveyed_s >= every_s:
                keep(survey(now_ns=time.time_ns()), path)
                seen, surveyed_s = sockets, time.monotonic()
        except ScanwardenError as error:
            log.warning("the host could not be surveyed", extra={"reason": str(error)})
        time.sleep(min(LOOK_S, every_s))


async def follow_surveys(desk: AuditDesk, path: Path, store: Store, *, wall_ns: Callable[[], int]) -> None:
    """Take each new survey, and look up what scanners learnt, until cancelled."""
    taken_ns, learnt_s = 0, float("-inf")
    while True:
        now = Timestamp(wall_ns())
        try:
            written_ns = _written_ns(path)
            if written_ns != taken_ns:
                found = await asyncio.to_thread(last, path)
                if found is not None:
                    desk.take(found, now=now)
                taken_ns = written_ns
            if desk.reconsider(now=now) or time.monotonic() - learnt_s >= LEARN_S:
                learnt_s = time.monotonic()
                await asyncio.to_thread(_look_up, desk, store, now)
        except ScanwardenError as error:
            log.info("the audit could not be read", extra={"reason": str(error)})
        await asyncio.sleep(TAKE_S)


def _look_up(desk: AuditDesk, store: Store, now: Timestamp) -> None:
    with store.reader() as reader:
        desk.look_up(reader, now=now)


def _written_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
