"""The scripts that `make` calls before anything is built: each failure is one line that says what to do."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

TOOLS = REPOSITORY / "tools"
OLDEST_CARGO = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Give a folder that holds the only programs of a bare machine, whose user is not root."""
    for name in ("bash", "dirname", "sort"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    program(tmp_path / "id", "echo 1000")
    return tmp_path


def program(path: Path, line: str) -> None:
    path.write_text(f"#!{shutil.which('bash')}\n{line}\n")
    path.chmod(0o755)


def run(tool: str, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(TOOLS / tool), *arguments],
        env={"PATH": str(path)},
        cwd=path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_missing_rust_toolchain_is_one_line_that_says_how_to_get_it(bare: Path) -> None:
    ended = run("system-packages", "build", path=bare)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "needs a Rust toolchain" in ended.stderr
    assert "rustup" in ended.stderr


@pytest.mark.parametrize(
    ("version", "accepted"), [("1.63.0", False), ("1.9.1", False), (f"{OLDEST_CARGO}.0", True), ("1.100.2", True)]
)
def test_only_a_recent_cargo_is_accepted(bare: Path, version: str, *, accepted: bool) -> None:
    program(bare / "cargo", f"echo 'cargo {version} (0123abcd 2025-01-01)'")
    program(bare / "cc", "exit 0")
    ended = run("system-packages", "build", path=bare)
    assert (ended.returncode == 0) is accepted
    assert accepted or f"this is {version}" in ended.stderr


def test_a_missing_linker_is_one_line_that_names_the_package(bare: Path) -> None:
    program(bare / "cargo", "echo 'cargo 1.95.0 (0123abcd 2025-01-01)'")
    ended = run("system-packages", "build", path=bare)
    assert ended.returncode == 1
    assert "apt install gcc libc6-dev" in ended.stderr


def test_missing_lab_programs_are_named_but_do_not_stop_an_ordinary_user(bare: Path) -> None:
    ended = run("system-packages", "lab", path=bare)
    assert ended.returncode == 0
    assert len(ended.stderr.splitlines()) == 1
    assert "nmap" in ended.stderr


def test_a_python_that_is_too_old_is_one_line_that_says_which_is_needed(bare: Path) -> None:
    program(bare / "python3", "exit 1")
    ended = run("make-venv", str(bare / "venv"), path=bare)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "needs Python 3.11 or later" in ended.stderr


def test_a_python_without_ensurepip_is_one_line_that_names_the_package(bare: Path) -> None:
    program(
        bare / "python3",
        "case $2 in *version_info*print*|*print*) echo python3.11-venv ;; *ensurepip*) exit 1 ;; *) exit 0 ;; esac",
    )
    ended = run("make-venv", str(bare / "venv"), path=bare)
    assert ended.returncode == 1
    assert "apt install python3.11-venv" in ended.stderr
    assert not (bare / "venv").exists()


def test_root_gets_missing_programs_installed_once(bare: Path, tmp_path: Path) -> None:
    program(bare / "id", "echo 0")
    for name in ("timeout", "cat"):
        (bare / name).symlink_to(str(shutil.which(name)))
    program(bare / "apt-get", f'echo "$@" >>{tmp_path}/calls')
    (tmp_path / ".venv").mkdir()
    first, second = (run("system-packages", "lab", path=bare) for _ in range(2))
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [("update" in call, "install" in call and "nmap" in call) for call in calls] == [
        (True, False),
        (False, True),
    ]
    assert "installing" in first.stderr
    assert "cannot be installed here" in second.stderr


RUSTC = """case $1 in -vV) echo "host: x86_64-unknown-linux-gnu
LLVM version: 99.1.2" ;; *) echo /nonexistent ;; esac"""
SAY_FLAGS = 'echo "flags: ${RUSTFLAGS:-none}"'


def test_without_a_tool_to_merge_profiles_a_build_is_plain_and_says_so(bare: Path) -> None:
    program(bare / "rustc", RUSTC)
    ended = run("guided", "bash", "-c", SAY_FLAGS, path=bare)
    assert (ended.returncode, ended.stdout) == (0, "flags: none\n")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("make: built without a profile, for want of LLVM 99's llvm-profdata: ")
    assert line.endswith("apt install llvm-99")


def test_a_profile_that_is_newer_than_the_sources_is_used_as_it_is(bare: Path) -> None:
    program(bare / "rustc", RUSTC)
    program(bare / "llvm-profdata-99", "exit 1")
    (bare / "find").symlink_to(str(shutil.which("find")))
    for name in ("rust", "tools", "benches", "target/guided"):
        (bare / name).mkdir(parents=True)
    for name in ("Cargo.toml", "Cargo.lock", "tools/guided", "benches/training.py", "target/guided/profile"):
        (bare / name).touch()
    ended = run("guided", "bash", "-c", SAY_FLAGS, path=bare)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == f"flags: -Cprofile-use={bare}/target/guided/profile\n"


def test_a_build_may_be_asked_to_be_plain(bare: Path) -> None:
    plain = subprocess.run(
        [str(TOOLS / "guided"), "bash", "-c", SAY_FLAGS],
        env={"PATH": str(bare), "SCANWARDEN_GUIDED": "no"},
        cwd=bare,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (plain.returncode, plain.stdout, plain.stderr) == (0, "flags: none\n", "")
