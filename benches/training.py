"""Run the native module over a little of all that it meets, for a build that counts: see tools/guided.

Captures of the three measured kinds, shorter ones; every harmless workload and every crafted scan of the lab, as a file
of its own; and a firewall's log.
"""

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import captures
import detect
from runs import run

from scanwarden.daemon.replay import Replay, ReplayOptions
from scanwarden.lab import crafted, harmless
from scanwarden.lab.firewall_log import FirewallLog, Scenario
from scanwarden.lab.scene import Scene

PACKETS = 500_000  # of each measured kind
LOG = Scenario(seed=1000, lines=200_000)
SEEDS = range(1000, 1003)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="scanwarden-training-") as name:
        folder = Path(name)
        for kind in captures.KINDS:
            capture = captures.make_capture(kind, PACKETS)
            with contextlib.redirect_stdout(io.StringIO()):
                detect.main(str(capture.path), capture.home)
            run([captures.EXAMPLES / "header_walk", capture.path])
        for number, scene in enumerate(scenes()):
            capture_file = folder / f"{number}.pcap"
            scene.write(capture_file)
            replay(capture_file)
            capture_file.unlink()
        log = folder / "firewall.log"
        log.write_bytes(b"".join(FirewallLog(LOG).lines()))
        replay(log, "syslog")


def scenes() -> Iterator[Scene]:
    for seed in SEEDS:
        yield from (harmless.staged(workload, seed) for workload in harmless.WORKLOADS)
        yield from (crafted.staged(scan, seed)[0] for scan in crafted.CRAFTED)


def replay(file: Path, input_format: str | None = None) -> None:
    options = ReplayOptions(input_format=input_format)
    Replay(options, tell=lambda _: None, progress=lambda _read, _total: None).run([str(file)])


if __name__ == "__main__":
    main()
