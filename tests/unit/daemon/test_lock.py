"""One instance runs at a time."""

from pathlib import Path

import pytest

from scanwarden.daemon.lock import InstanceLock
from scanwarden.errors import ScanwardenError


def test_the_second_is_told_which_process_runs_and_may_run_when_the_first_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "run/scanwarden.lock"
    with InstanceLock(file), pytest.raises(ScanwardenError, match=f"as process {file.read_text()}"):
        InstanceLock(file)
    InstanceLock(file).release()


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "lock").symlink_to(target)
    with pytest.raises(ScanwardenError, match="cannot be opened"):
        InstanceLock(tmp_path / "lock")
    assert target.read_text() == "precious"
