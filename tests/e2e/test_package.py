"""The deb in a fresh Debian without any network: it installs, runs, verifies and leaves nothing behind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanwarden import hostcmd
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

ARCHIVE = "http://deb.debian.org/debian"
PACKAGES = "python3-venv,systemd,procps,nftables"
WITHOUT = ("proc", "sys", "run", "tmp", "scanwarden.deb")  # what is no part of an installation


@pytest.fixture(scope="module")
def built() -> Path:
    """Make the packages; give their folder."""
    for program in ("go", "debootstrap"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    made = hostcmd.run(
        [str(REPOSITORY / "tools/package"), str(REPOSITORY / ".venv/bin")],
        # Where the indexes are, for pip and Go; not what makes it fast, which takes minutes.
        launch=hostcmd.Launch(directory=str(REPOSITORY), env=dict(os.environ) | {"SCANWARDEN_GUIDED": "no"}),
        limit_s=1500.0,
        check=False,
    )
    if b"dial tcp" in made.stderr or b"Connection" in made.stderr:
        pytest.skip("the package indexes are not reached")
    assert made.returncode == 0, made.stderr[-2000:]
    return REPOSITORY / "target/package"


@pytest.fixture(scope="module")
def debian(built: Path) -> Iterator[Path]:
    """Give a fresh Debian 12 in a folder, with our package beside it."""
    (package,) = built.glob("*.deb")
    with tempfile.TemporaryDirectory(prefix="scanwarden-debian-") as folder:
        root = Path(folder) / "root"
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root), ARCHIVE]
        if hostcmd.run(command, limit_s=1500.0, check=False, max_output_bytes=1 << 26).returncode != 0:
            pytest.skip("a Debian could not be fetched")
        shutil.copy(package, root / "scanwarden.deb")
        yield root


def inside(root: Path, *command: str, check: bool = True) -> hostcmd.Completed:
    """Run a command there, with processes and network of its own: there is no way out."""
    apart = ["unshare", "--net", "--mount", "--pid", "--fork", f"--mount-proc={root}/proc"]
    clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]
    return hostcmd.run([*apart, "chroot", str(root), *clean, *command], limit_s=600.0, check=check)


def files(root: Path) -> set[str]:
    """List what is there, and what it says of its users."""
    kept = set()
    for path in root.rglob("*"):
        name = path.relative_to(root)
        if name.parts[0] not in WITHOUT and name.parts[:2] != ("var", "log") and "__pycache__" not in name.parts:
            kept.add(str(name))
    return kept | set((root / "etc/passwd").read_text().splitlines())


def test_it_installs_offline_runs_and_leaves_nothing(debian: Path) -> None:
    before = files(debian)
    installed = inside(debian, "dpkg", "-i", "/scanwarden.deb")
    assert b"WARNING" not in installed.stdout + installed.stderr
    assert inside(debian, "scanwarden", "version").text.startswith("scanwarden ")
    assert inside(debian, "scanwarden", "config", "check").returncode == 0
    units = sorted(str(path.relative_to(debian)) for path in (debian / "usr/lib/systemd/system").glob("scanwarden*"))
    assert len(units) >= 3
    verified = inside(debian, "systemd-analyze", "verify", *(f"/{unit}" for unit in units), check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    state = debian / "var/lib/scanwarden"
    assert state.stat().st_mode & 0o777 == 0o750
    assert state.stat().st_uid != 0
    (state / "scanwarden.db").write_bytes(b"")
    assert inside(debian, "scanwarden", "fleet", "init").text.startswith("swfleet1-")
    assert inside(debian, "/usr/lib/scanwarden/venv/bin/python", "-c", "import nats.js").returncode == 0
    inside(debian, "dpkg", "--purge", "scanwarden")
    assert files(debian) - before == set()
    assert before - files(debian) == set()


def test_the_rpm_holds_the_same(built: Path) -> None:
    if shutil.which("rpm") is None:
        pytest.skip("rpm is not installed")
    (package,) = built.glob("*.rpm")
    listed = set(hostcmd.run(["rpm", "-qlp", str(package)], limit_s=60.0).text.split())
    for wanted in (
        "/usr/bin/scanwarden",
        "/usr/lib/systemd/system/scanwarden.service",
        "/usr/lib/sysusers.d/scanwarden.conf",
        "/usr/lib/tmpfiles.d/scanwarden.conf",
        "/etc/scanwarden/scanwarden.toml",
        "/etc/logrotate.d/scanwarden",
        "/usr/share/man/man1/scanwarden.1.gz",
        "/usr/share/bash-completion/completions/scanwarden",
    ):
        assert wanted in listed
    wheels = {Path(path).name for path in listed if path.endswith(".whl")}
    for python in ("cp311", "cp312", "cp313", "cp314"):
        assert any(name.startswith("msgspec") and python in name for name in wheels)
    needs = hostcmd.run(["rpm", "-qpR", str(package)], limit_s=60.0).text
    assert "python3.11" in needs
    marked = hostcmd.run(["rpm", "-qpc", str(package)], limit_s=60.0).text
    assert "/etc/scanwarden/scanwarden.toml" in marked
