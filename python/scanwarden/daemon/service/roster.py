"""List the parts of the service, say which of them a configuration needs, and run those as processes."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from scanwarden.config import Settings, load
from scanwarden.daemon.actor.part import run_actor, wants_actor
from scanwarden.daemon.ahead import load_ahead
from scanwarden.daemon.auditing import is_scheduled, run_auditor
from scanwarden.daemon.courier.opening import run_courier, wants_courier
from scanwarden.daemon.exporter import run_exporter, wants_exporter
from scanwarden.daemon.garbage import keep_for_good
from scanwarden.daemon.notify import Supervisor
from scanwarden.daemon.outpost.part import outpost_socket, run_outpost, wants_outpost
from scanwarden.daemon.privileges import name_process
from scanwarden.daemon.reader.asking import reader_socket
from scanwarden.daemon.reader.part import run_reader, wants_reader
from scanwarden.daemon.service.parts import run_brain, run_helper, run_scout, run_sensor, wants_helper
from scanwarden.daemon.service.supervision import Parts
from scanwarden.errors import ScanwardenError
from scanwarden.model.records import Record


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What parts are started with beside their settings: the configuration's file, where they meet, who is told."""

    file: Path
    run: Path
    tell: Callable[[Record], None]
    is_forked: bool = False

    @property
    def supervisor(self) -> Supervisor:
        """Return who is told that a part is ready: systemd if it started this part alone, else nobody."""
        return Supervisor({} if self.is_forked else os.environ)


class Part(msgspec.Struct, frozen=True):
    """One process: what it runs until SIGTERM, raising ScanwardenError if it cannot, and who needs it."""

    run: Callable[[Settings, Start], None]
    is_wanted: Callable[[Settings], bool] = lambda _: True


PARTS: Mapping[str, Part] = {  # in the order of starting
    "helper": Part(lambda settings, start: run_helper(settings, supervisor=start.supervisor), wants_helper),
    "actor": Part(
        lambda settings, start: run_actor(settings, file=start.file, run=start.run, supervisor=start.supervisor),
        wants_actor,
    ),
    "brain": Part(lambda settings, start: run_brain(settings, file=start.file, tell=start.tell)),
    "scout": Part(lambda settings, start: run_scout(settings, file=start.file)),
    "reader": Part(
        lambda settings, start: run_reader(settings, path=reader_socket(start.run), supervisor=start.supervisor),
        wants_reader,
    ),
    "sensor": Part(lambda settings, start: run_sensor(settings, supervisor=start.supervisor)),
    "auditor": Part(lambda settings, _: run_auditor(settings), is_scheduled),
    "courier": Part(lambda settings, _: run_courier(settings), wants_courier),
    "exporter": Part(lambda settings, _: run_exporter(settings), wants_exporter),
    "outpost": Part(
        lambda settings, start: run_outpost(settings, path=outpost_socket(start.run), supervisor=start.supervisor),
        wants_outpost,
    ),
}


def run_alone(name: str, parts: Mapping[str, Part], settings: Settings, start: Start) -> None:
    """Be one of the parts in this process until SIGTERM; raise ScanwardenError."""
    name_process(name)
    parts[name].run(settings, start)


def run_all(parts: Mapping[str, Part], settings: Settings, start: Start) -> int:
    """Run those of the parts that the configuration needs, each started again when it ends; return the exit status."""
    load_ahead()
    keep_for_good()  # every part shares it from here on
    return Parts(wanted(parts, settings, start)).run()


def wanted(parts: Mapping[str, Part], settings: Settings, start: Start) -> dict[str, Callable[[], None]]:
    """Choose the parts that the configuration needs.

    Each reads the configuration again whenever it is started; what is wrong in it by then changes nothing.
    """
    forked = msgspec.structs.replace(start, is_forked=True)

    def fresh() -> Settings:
        try:
            return load(start.file, os.environ)
        except ScanwardenError:
            return settings

    def beginning(part: Part) -> Callable[[], None]:
        return lambda: part.run(fresh(), forked)

    return {name: beginning(part) for name, part in parts.items() if part.is_wanted(settings)}
