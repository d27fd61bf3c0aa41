import subprocess
import sys

import pytest


@pytest.mark.kernel
def test_demonstration_keeps_its_claims_within_80_columns() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "scanwarden.lab.demo"], capture_output=True, text=True, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "The bystander gets its page." in finished.stdout
    assert max(len(line) for line in finished.stdout.splitlines()) <= 80
