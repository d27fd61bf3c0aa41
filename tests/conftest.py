"""Decide which tests can run here, and find the recorded cases that lie beside the repository."""

import os
import secrets
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent

# The same examples on every run, and no deadline: a busy machine is not a failure.
settings.register_profile("scanwarden", derandomize=True, deadline=None)
settings.load_profile("scanwarden")


SBIN_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


@cache
def kernel_obstacle() -> str | None:
    """Say why tests that need the kernel cannot run here; None if they can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in ("ip", "nft") if shutil.which(name, path=SBIN_PATH) is None]
    if missing:
        return f"needs {' and '.join(missing)} (make setup installs them)"
    return namespace_obstacle()


def namespace_obstacle() -> str | None:
    """Make a network namespace, list its firewall, remove it; say what the kernel refused."""
    name = f"scanwarden-{os.getpid()}-{secrets.token_hex(3)}"
    ip = str(shutil.which("ip", path=SBIN_PATH))
    nft = str(shutil.which("nft", path=SBIN_PATH))
    try:
        for command in ([ip, "netns", "add", name], [ip, "netns", "exec", name, nft, "list", "ruleset"]):
            tried = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
            if tried.returncode != 0:
                return f"needs network namespaces with nftables: {tried.stderr.strip()}"
    finally:
        subprocess.run([ip, "netns", "delete", name], capture_output=True, timeout=10, check=False)
    return None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that renews the expected records of the golden cases."""
    parser.addoption("--update-golden", action="store_true", help="write what the golden captures give now")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip kernel tests, with the reason, where they cannot run; `SCANWARDEN_KERNEL=required` has them fail."""
    if os.environ.get("SCANWARDEN_KERNEL") == "required":
        return
    for test in items:
        if test.get_closest_marker("kernel") and (obstacle := kernel_obstacle()):
            test.add_marker(pytest.mark.skip(reason=obstacle))


def find_cases() -> Path | None:
    """Find the folder of recorded cases: `SCANWARDEN_CASES`, else `shared/cases` in a folder above the repository."""
    if named := os.environ.get("SCANWARDEN_CASES"):
        return Path(named)
    candidates = (ancestor / "shared" / "cases" for ancestor in REPOSITORY.parents)
    return next((path for path in candidates if path.is_dir()), None)


@pytest.fixture(scope="session")
def cases() -> Path:
    """Give the folder of recorded cases, or skip where there is none."""
    path = find_cases()
    if path is None or not path.is_dir():
        pytest.skip("no recorded cases here: set SCANWARDEN_CASES to the folder that holds captures/ and logs/")
    return path
