"""Run captures and logs through the pipeline."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from scanwarden.daemon.pipeline import Pipeline
from scanwarden.detector.face import Detector, new_core
from scanwarden.detector.settings import DetectorSettings
from scanwarden.errors import ScanwardenError, SensorError
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Opened
from scanwarden.model.notice import Notice
from scanwarden.model.records import Ready, Record, Statement
from scanwarden.model.time import NS_PER_S, Timestamp
from scanwarden.policy.exempt import ProtectedSet
from scanwarden.policy.judge import Judge
from scanwarden.policy.rules import Rules
from scanwarden.sensors.log_file import LogSensor
from scanwarden.sensors.log_reading import LogReading
from scanwarden.sensors.replay import ReplaySensor, open_input

PACKETS_A_TURN = 200_000  # between two looks at the results: a few hundredths of a second

MALFORMED = "malformed."  # the core counts packets that cannot be decoded under names that start so

Tell = Callable[[Record], None]
Progress = Callable[[int, int | None], None]
Sensor = ReplaySensor | LogSensor


class ReplayOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for; an empty `home` is inferred from each capture, `input_format` None from each file."""

    home: tuple[Prefix, ...] = ()
    threshold_nats: float | None = None
    input_format: str | None = None
    reading: LogReading = LogReading()


class Totals(msgspec.Struct, kw_only=True):
    """What a replay came to; `cpu_ns` is the time of all threads spent on reading, decoding and detecting."""

    files: int = 0
    packets: int = 0
    lines: int = 0
    scans: int = 0
    cpu_ns: int = 0
    malformed: Counter[str] = msgspec.field(default_factory=Counter)
    unused: Counter[str] = msgspec.field(default_factory=Counter)
    failures: list[ScanwardenError] = msgspec.field(default_factory=list)
    was_interrupted: bool = False

    @property
    def packets_per_cpu_second(self) -> float | None:
        """Give the rate, None if there was too little to measure."""
        return self.packets * NS_PER_S / self.cpu_ns if self.packets and self.cpu_ns else None

    @property
    def lines_per_cpu_second(self) -> float | None:
        """Give the rate of log lines, None if there was too little to measure."""
        return self.lines * NS_PER_S / self.cpu_ns if self.lines and self.cpu_ns else None


class Replay:
    """Replay captures and logs one after the other, each with a detector of its own; `tell` gets the records."""

    def __init__(self, options: ReplayOptions, *, tell: Tell, progress: Progress) -> None:
        self._options = options
        self._tell = tell
        self._progress = progress
        self.totals = Totals()

    def run(self, paths: Sequence[str]) -> Totals:
        """Replay every file that can be read; failures and an interruption by the user are in the totals."""
        for path in paths:
            started_ns = time.process_time_ns()
            try:
                options = self._options
                self._replay(open_input(path, reading=options.reading, input_format=options.input_format))
            except SensorError as error:
                self.totals.failures.append(error)
            finally:
                self.totals.cpu_ns += time.process_time_ns() - started_ns
            if self.totals.was_interrupted:
                break
        return self.totals

    def _replay(self, sensor: Sensor) -> None:
        ready = _ready(sensor, self._options.home)
        self._tell(ready)
        core = new_core(
            DetectorSettings(
                home=ready.home,
                home_inferred=ready.home_inferred,
                sensor=ready.sensor,
                threshold_nats=self._options.threshold_nats,
            )
        )
        detector = Detector(core)
        pipeline = Pipeline(Judge(_rules(ready.home)), is_enforcing=False)
        try:
            while sensor.feed(core, max_packets=PACKETS_A_TURN):
                self._report(sensor, detector, pipeline)
                self._progress(*sensor.progress())
        except KeyboardInterrupt:
            self.totals.was_interrupted = True
        finally:
            detector.finish()
            self._report(sensor, detector, pipeline)
            self._count(sensor, detector)

    def _report(self, sensor: Sensor, detector: Detector, pipeline: Pipeline) -> None:
        for statement in in_order(detector.statements(), sensor.notices()):
            self.totals.scans += isinstance(statement, Opened)
            for record in pipeline.consequence(statement).records:
                self._tell(record)

    def _count(self, sensor: Sensor, detector: Detector) -> None:
        self.totals.files += 1
        self.totals.packets += sensor.packets()
        self.totals.lines += sensor.lines()
        if isinstance(sensor, LogSensor):
            self.totals.unused.update(sensor.unused())
        self.totals.malformed.update(
            {
                name.removeprefix(MALFORMED): count
                for name, count in detector.counters().items()
                if name.startswith(MALFORMED) and count
            }
        )


def in_order(statements: Iterable[Statement], notices: list[Notice]) -> Iterable[Statement]:
    """Put what the detector states and what a log tells besides in the order of time."""
    return sorted([*notices, *statements], key=lambda one: one.time) if notices else statements


def _rules(home: Sequence[Prefix]) -> Rules:
    """Give the rules of a fresh installation; of the host in the capture only its own addresses are known."""
    return Rules(protected=ProtectedSet({address: "own address" for address in home if address.is_single}))


def _ready(sensor: Sensor, home: tuple[Prefix, ...]) -> Ready:
    return Ready(
        time=Timestamp(time.time_ns()),
        sensor=f"replay:{sensor.name}",
        home=home or sensor.infer_home(),
        home_inferred=not home,
        mode="replay",
    )
