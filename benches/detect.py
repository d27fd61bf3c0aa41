"""Full detection over one capture, through the native module: `python detect.py FILE HOME [MEMORY_BYTES [KEY]]`.

Prints one JSON object. The CPU time is that of reading, decoding, detecting and taking the results, not that of
starting Python; in it, and told by itself, is that of making the detector's tables, which a process does once. The
memory is the whole process's. Records are taken as they come, and only those of opened scans are kept.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from scanwarden._core import _native

PACKETS_A_TURN = 200_000


def peak_resident_bytes() -> int:
    """Give the most memory this process ever held: VmHWM of proc(5)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("no VmHWM in /proc/self/status")


def sources_of(event: dict[str, Any]) -> list[str]:
    """Give every address that an event names."""
    source = event["source"]
    own = [source["address"]] if source["address"] else []
    return own + [member["address"] for member in source["members"]]


def is_opened(record: bytes) -> bool:
    """Tell the record of a scan that opens by its first key."""
    return record.startswith(b'{"event":"opened"')


def main(path: str, home: str, memory_bytes: int = 32 << 20, key_hex: str | None = None) -> None:
    settings: dict[str, Any] = {"home": [home], "sensor": "bench", "memory_bytes": memory_bytes}
    if key_hex is not None:
        settings["key_hex"] = key_hex
    start_peak_bytes = peak_resident_bytes()
    start_s = time.process_time()
    detector = _native.Detector(json.dumps(settings).encode())
    making_s = time.process_time() - start_s
    capture = _native.CaptureFile(path)
    opened_events: list[bytes] = []
    while capture.replay(detector, PACKETS_A_TURN):
        opened_events += filter(is_opened, detector.take_events())
    detector.finish()
    opened_events += filter(is_opened, detector.take_events())
    cpu_s = time.process_time() - start_s
    counters = detector.counters()
    opened = list(map(json.loads, opened_events))
    print(
        json.dumps(
            {
                "packets": capture.packets(),
                "cpu_s": cpu_s,
                "making_s": making_s,
                "peak_bytes": peak_resident_bytes(),
                "start_peak_bytes": start_peak_bytes,
                "table_bytes": detector.table_bytes(),
                "opened": len(opened),
                "sources": sorted({address for event in opened for address in sources_of(event)}),
                "counters": counters,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:4]), *sys.argv[4:5])
