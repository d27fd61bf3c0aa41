"""Write the pages that are made from the declarations: `python -m scanwarden.config.pages [ROOT]`."""

from __future__ import annotations

import sys
from pathlib import Path

from scanwarden.config.example import example_page
from scanwarden.config.reference import reference_page
from scanwarden.config.schema import schema_page


def pages() -> dict[str, str]:
    """Map the path of each page, relative to the repository, to its text."""
    return {
        "docs/reference/configuration.md": reference_page(),
        "docs/reference/scanwarden.schema.json": schema_page(),
        "packaging/scanwarden.toml": example_page(),
    }


def write(root: Path) -> None:
    """Write every page below the root of a repository."""
    for name, text in pages().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
