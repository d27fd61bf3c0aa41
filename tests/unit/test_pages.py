"""The pages at the root and in docs/ say what is so."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "python/scanwarden"
PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("changelog.d/*.md")])
BOXES = sorted(
    [*(path.parent.name for path in PACKAGE.glob("*/__init__.py")), *(path.name for path in PACKAGE.glob("[!_]*.py"))]
)


def read_toml(path: str) -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / path).read_text())


def python_dependencies() -> set[str]:
    project = read_toml("pyproject.toml")
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    wanted += [name for extra in project["project"]["optional-dependencies"].values() for name in extra]
    return {re.split(r"[<>=~!\[; ]", name)[0] for name in wanted}


def rust_dependencies() -> set[str]:
    manifests = [read_toml(str(path.relative_to(REPOSITORY))) for path in REPOSITORY.glob("rust/*/Cargo.toml")]
    sections = ("dependencies", "dev-dependencies", "build-dependencies")
    names = {name for manifest in manifests for section in sections for name in manifest.get(section, {})}
    return {name for name in names if not name.startswith("scanwarden")}


@pytest.mark.parametrize("box", BOXES)
def test_the_architecture_page_names_every_box(box: str) -> None:
    assert f"`python/scanwarden/{box}`" in (REPOSITORY / "ARCHITECTURE.md").read_text()


def test_the_dependency_page_names_every_dependency() -> None:
    page = (REPOSITORY / "docs/decisions/0002-dependencies.md").read_text()
    cells = {name for row in page.splitlines() if row.startswith("|") for name in re.split(r"[|, ]+", row)}
    assert python_dependencies() | rust_dependencies() <= cells


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_make_targets_that_pages_name_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:^|`)make ((?:[a-z][a-z-]* ?)+)(?=[`\s]|$)", page.read_text(), re.MULTILINE)
    assert {target for words in named for target in words.split()} <= targets


@pytest.mark.parametrize("name", ["bootstrap", "dev", "extras", "run"])
def test_locked_versions_have_hashes_and_no_address(name: str) -> None:
    lock = (REPOSITORY / f"requirements/{name}.txt").read_text()
    entries = re.split(r"\n(?=\S)", lock[lock.index("\n") :])
    locked = [entry for entry in entries if "==" in entry]
    assert locked
    assert all("--hash=sha256:" in entry for entry in locked)
    assert "://" not in lock


def test_every_dependency_is_locked() -> None:
    lock = "\n".join((REPOSITORY / f"requirements/{name}.txt").read_text() for name in ("dev", "extras"))
    assert python_dependencies() <= set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))


def test_the_readme_names_the_oldest_versions_that_build() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    assert f"cargo {read_toml('Cargo.toml')['workspace']['package']['rust-version']} or later" in readme
    assert f"Python {read_toml('pyproject.toml')['project']['requires-python'].removeprefix('>=')} or later" in readme
