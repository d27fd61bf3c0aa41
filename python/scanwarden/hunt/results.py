"""Write what a hunt found: Parquet for the next tool, JSON lines for any, a page for people."""

from collections import Counter
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from scanwarden._core import _native
from scanwarden.extras import optional
from scanwarden.formats import native
from scanwarden.hunt.workdir import Converted, WorkDir
from scanwarden.model.detection import Closed

SHOWN_SCANS = 500  # of the page; the files have all
SHOWN_INPUTS = 200


def write_results(work: WorkDir, scans: Sequence[Closed], inputs: Sequence[Converted], *, engine: str) -> None:
    """Write `detections.parquet`, `detections.jsonl` and `report.html`, each whole or not at all."""
    lines = [native.encode(scan) for scan in scans]
    work.write(work.root / "detections.jsonl", b"".join(line + b"\n" for line in lines))
    pa, pq = optional("pyarrow", extra="hunt"), optional("pyarrow.parquet", extra="hunt")
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(pa.record_batch(_native.detection_batch(lines))), sink, compression="zstd")
    work.write(work.root / "detections.parquet", sink.getvalue().to_pybytes())
    work.write(work.root / "report.html", report(scans, inputs, engine=engine).encode())


def report(scans: Sequence[Closed], inputs: Sequence[Converted], *, engine: str) -> str:
    """Write the page: what was read, what was found, the gravest scans first. All text is escaped."""
    pages = Environment(
        loader=PackageLoader("scanwarden.hunt", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    alone = [scan for scan in scans if scan.part_of is None]
    gravest = sorted(alone, key=lambda scan: (-scan.severity, -scan.probes, scan.first_seen))
    return pages.get_template("report.html").render(
        engine=engine,
        scans=gravest[:SHOWN_SCANS],
        scan_count=len(alone),
        left_out=max(0, len(alone) - SHOWN_SCANS),
        techniques=Counter(technique for scan in alone for technique in scan.techniques).most_common(),
        inputs=inputs[:SHOWN_INPUTS],
        input_count=len(inputs),
        probes=sum(one.probes for one in inputs),
        bad=[one for one in inputs if one.failure is not None],
        who=_who,
    )


def _who(scan: Closed) -> str:
    if scan.source.address is not None:
        return str(scan.source.address)
    return f"{scan.group}: {scan.source.prefix or f'{len(scan.source.members)} named sources'}"
