"""Make the three capture files that are measured, once, below target/bench."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
EXAMPLES = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release" / "examples"
KINDS = {
    "mixed": "ordinary flows of 32 hosts, and 184 scanners among the visitors",
    "synonly": "SYNs from millions of sources, and one scan hidden among them",
    "vertical": "100 sources, each over all ports",
}
BYTES_A_PACKET = 112  # at most: record header and 96 bytes


class Capture(NamedTuple):
    """A capture file and the truth about it."""

    kind: str
    path: Path
    packets: int
    home: str
    scanners: frozenset[str]


def build_examples() -> None:
    """Compile the programs that make and walk captures."""
    command = ["cargo", "build", "--quiet", "--release", "--locked", "-p", "scanwarden-capture", "--examples"]
    subprocess.run(command, cwd=REPOSITORY, check=True, stdin=subprocess.DEVNULL)


def folder() -> Path:
    """Give the folder for everything that measuring leaves behind."""
    path = REPOSITORY / "target" / "bench"
    path.mkdir(parents=True, exist_ok=True)
    return path


def has_room(packets: int) -> bool:
    """Say whether the files and as much again fit on the disk."""
    return shutil.disk_usage(folder()).free > 2 * len(KINDS) * packets * BYTES_A_PACKET


def make_capture(kind: str, packets: int) -> Capture:
    """Give the capture of a kind, making it unless an up-to-date one is there."""
    path = folder() / f"{kind}-{packets}.pcap"
    truth = path.with_suffix(".json")
    generator = EXAMPLES / "traffic"
    if not truth.exists() or truth.stat().st_mtime < generator.stat().st_mtime:
        made = subprocess.run(
            [str(generator), "write", kind, str(packets), str(path)], check=True, stdout=subprocess.PIPE, timeout=600
        )
        truth.write_bytes(made.stdout)
    known = json.loads(truth.read_text())
    return Capture(kind, path, known["packets"], known["home"], frozenset(known["scanners"]))
