"""Turn the charts of a report into PNG files, through resvg (the extra `report`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from scanwarden.charts import Drawing
from scanwarden.charts.style import LIGHT, picture_style
from scanwarden.errors import ScanwardenError
from scanwarden.language import Catalogue
from scanwarden.report.contents import Contents, drawings

ZOOM = 2  # pixels for each of the drawing's, so that words are sharp on dense screens
EXTRA = "report"
# Where fontconfig and resvg look for fonts.
FONT_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("~/.fonts").expanduser(),
    Path("~/.local/share/fonts").expanduser(),
)
_FONT_ENDINGS = frozenset((".ttf", ".otf", ".ttc"))


class PictureError(ScanwardenError):
    """Report a picture that could not be made or written."""


class Renderer(Protocol):
    """What turns SVG into PNG."""

    def __call__(self, *, svg_string: str, background: str, zoom: float) -> bytes:
        """Give the bytes of a PNG file."""


def write_pictures(contents: Contents, say: Catalogue, folder: Path) -> list[str]:
    """Write each chart into the folder and give the names of the files; raise PictureError."""
    render = _renderer()
    _expect_fonts()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = []
        for name, drawing in drawings(contents, say).items():
            (folder / f"{name}.png").write_bytes(_rendered(drawing, render))
            names.append(f"{name}.png")
    except OSError as error:
        raise PictureError(f"{folder} cannot be written: {error.strerror}", remedy="name another folder") from error
    return names


def _rendered(drawing: Drawing, render: Renderer) -> bytes:
    try:
        return bytes(render(svg_string=drawing.svg(style_sheet=picture_style()), background=LIGHT["panel"], zoom=ZOOM))
    except ValueError as error:
        raise PictureError(f"the chart {drawing.title!r} cannot be drawn: {error}") from error


def _expect_fonts(folders: Sequence[Path] = FONT_FOLDERS) -> None:
    """Raise PictureError if no font is installed: pictures would be drawn without their words."""
    if not any(found.suffix.lower() in _FONT_ENDINGS for folder in folders for found in folder.rglob("*")):
        raise PictureError(
            "no font is installed, so pictures would have no words",
            remedy="apt install fonts-dejavu-core, or dnf install dejavu-sans-fonts",
        )


def _renderer() -> Renderer:
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415 an extra, which most hosts do without
    except ImportError as error:
        raise PictureError(
            "PNG pictures need the extra package resvg-py", remedy=f"pip install 'scanwarden[{EXTRA}]'"
        ) from error
    render: Renderer = svg_to_bytes
    return render
