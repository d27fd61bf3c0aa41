"""Run the core's detector over sorted probes: the one function that every engine calls."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from scanwarden._core import _native

SENSOR = "hunt"
PROBES_A_BATCH = 200_000


class DetectSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the function has to know on whatever machine it runs; `window_s` bounds what many sources do together."""

    threshold_nats: float | None = None
    window_s: int = 86_400
    only_closed: bool = True

    def as_json(self) -> bytes:
        """Write what the core's detector takes."""
        settings: dict[str, Any] = {"sensor": SENSOR}
        if self.threshold_nats is not None:
            settings["threshold_nats"] = self.threshold_nats
        return msgspec.json.encode(settings)


def detect(batches: Iterable[Any], settings: DetectSettings) -> Iterator[_native.ArrowBatch]:
    """Find scans in batches of probes, sorted by `source_order` and `time_ns` over all batches.

    Yield tables of two columns: `record`, the JSON of a scan's event, and `sum`, what many sources did together, to be
    merged with that of other parts; one of the two is null. All probes of one network of sources (the same high half of
    `source_order`) have to come in one call.
    """
    detector = _native.ArchiveDetector(settings.as_json(), settings.window_s, settings.only_closed)
    for batch in batches:
        detector.observe(batch)
        found = detector.take_findings()
        if len(found):
            yield found
    detector.finish()
    yield detector.take_findings()
    yield detector.take_sums()
