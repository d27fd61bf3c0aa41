"""Search an archive from its files to the report, going on where an earlier run stopped."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from scanwarden.extras import optional
from scanwarden.hunt.convert import Reading, convert
from scanwarden.hunt.detecting import DetectSettings
from scanwarden.hunt.engines.contract import Engine, Job
from scanwarden.hunt.errors import HuntError
from scanwarden.hunt.inputs import ArchiveInput, find_inputs
from scanwarden.hunt.judging import judge
from scanwarden.hunt.results import write_results
from scanwarden.hunt.workdir import Converted, HuntSettings, WorkDir, generation_of
from scanwarden.model.address import Prefix
from scanwarden.model.detection import Closed
from scanwarden.sensors.log_reading import LogReading

FEWEST_BUCKETS = 16
MOST_BUCKETS = 4096
INPUT_BYTES_A_BUCKET = 64 << 20  # about a million rows of a flow log

Progress = Callable[[str, int, int], None]


class HuntOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked for; `buckets` None is chosen by the size of the inputs, an empty `home` inferred."""

    output: Path
    buckets: int | None = None
    threshold_nats: float | None = None
    window_s: int = 86_400
    home: tuple[Prefix, ...] = ()
    reading: LogReading = LogReading()


class HuntTotals(msgspec.Struct, kw_only=True):
    """What a hunt came to; times are of the wall clock, in seconds, and of this run only."""

    scans: list[Closed] = msgspec.field(default_factory=list)
    inputs: list[Converted] = msgspec.field(default_factory=list)
    converted_now: int = 0
    convert_s: float = 0.0
    detect_s: float = 0.0

    @property
    def probes(self) -> int:
        """Count the probes in the table."""
        return sum(one.probes for one in self.inputs)

    @property
    def bad(self) -> list[Converted]:
        """List the inputs that could not be read, or not to their end."""
        return [one for one in self.inputs if one.failure is not None]

    @property
    def kinds(self) -> Counter[str]:
        """Count the inputs by format."""
        return Counter(one.kind for one in self.inputs if one.failure is None)


def hunt(named: Sequence[str], options: HuntOptions, *, engine: Engine, progress: Progress) -> HuntTotals:
    """Search everything behind the names; the results are in `options.output`.

    `progress` hears what is being done, how much of it is done, and all of it. Raise ScanwardenError when nothing can
    be done at all; files that cannot be read are in the totals.
    """
    optional("pyarrow", extra="hunt")
    work = WorkDir(options.output)
    with work.locked():
        inputs = find_inputs(named)
        if not inputs:
            raise HuntError(f"there is no file in {', '.join(named)}")
        settings = work.settle(_settings(options, inputs), chosen_buckets=options.buckets is not None)
        return _Hunt(work, inputs, settings, progress).run(options, engine)


class _Hunt:
    """One run over some inputs."""

    def __init__(
        self, work: WorkDir, inputs: Sequence[ArchiveInput], settings: HuntSettings, progress: Progress
    ) -> None:
        self._work = work
        self._inputs = inputs
        self._settings = settings
        self._progress = progress
        self._totals = HuntTotals()

    def run(self, options: HuntOptions, engine: Engine) -> HuntTotals:
        """Read, search, judge and write."""
        totals = self._totals
        started_s = time.monotonic()
        self._convert(Reading(buckets=self._settings.buckets, logs=options.reading, home=options.home))
        totals.convert_s = time.monotonic() - started_s
        started_s = time.monotonic()
        files = self._search(engine)
        totals.detect_s = time.monotonic() - started_s
        totals.scans = judge(files, threshold_nats=self._settings.threshold_nats)
        write_results(self._work, totals.scans, totals.inputs, engine=engine.name)
        return totals

    def _convert(self, reading: Reading) -> None:
        all_bytes = sum(one.size_bytes for one in self._inputs)
        before = 0
        for one in self._inputs:

            def tell(read: int, before: int = before) -> None:
                self._progress("reading", before + read, all_bytes)

            done = self._work.converted(one)
            if done is None:
                done = convert(one, self._work, reading, tell)
                self._totals.converted_now += 1
            self._totals.inputs.append(done)
            before += one.size_bytes
            self._progress("reading", before, all_bytes)

    def _search(self, engine: Engine) -> list[Path]:
        keys = frozenset(one.key for one in self._inputs)
        settings = self._settings
        job = Job(
            buckets=tuple(tuple(self._work.bucket_files(bucket, keys)) for bucket in range(settings.buckets)),
            found=self._work.found(f"{engine.name}-{generation_of(settings, keys)}"),
            settings=DetectSettings(threshold_nats=settings.threshold_nats, window_s=settings.window_s),
        )
        self._progress("searching", settings.buckets - len(job.todo), settings.buckets)
        return engine.run(job, lambda done, of: self._progress("searching", done, of))


def _settings(options: HuntOptions, inputs: Sequence[ArchiveInput]) -> HuntSettings:
    buckets = options.buckets
    if buckets is None:
        wanted = sum(one.size_bytes for one in inputs) // INPUT_BYTES_A_BUCKET
        buckets = 1 << max(FEWEST_BUCKETS, min(wanted, MOST_BUCKETS) - 1).bit_length()
        buckets = buckets if wanted > FEWEST_BUCKETS else FEWEST_BUCKETS
    return HuntSettings(buckets=buckets, threshold_nats=options.threshold_nats, window_s=options.window_s)
