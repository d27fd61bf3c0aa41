"""Run scanwarden on a disk that fails: `faulty_disk_host.py FOLDER ARGUMENT ...`.

Databases below FOLDER fail in the operations that the file `failing` in it names, for as long as it is there.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from scanwarden.cli import main
from tests.faultydisk import FaultyDisk


def is_named(folder: Path, operation: str) -> bool:
    """Say whether an operation is to fail now."""
    try:
        return operation in (folder / "failing").read_text(encoding="ascii").split()
    except OSError:
        return False


if __name__ == "__main__":
    place = Path(sys.argv[1])
    disk = FaultyDisk(place)
    disk.fails = lambda operation: is_named(place, operation)
    with disk.installed():
        main(sys.argv[2:], prog_name="scanwarden")
