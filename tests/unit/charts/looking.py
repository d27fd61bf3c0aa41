"""Look at drawings as a program that reads XML does."""

from xml.etree import ElementTree as ET

from scanwarden.charts import Drawing

SVG = "{http://www.w3.org/2000/svg}"


def shapes(drawing: Drawing, kind: str, style: str | None = None) -> list[ET.Element]:
    """Give the shapes of a kind, those of one class alone if one is named."""
    root = ET.fromstring(drawing.svg())  # noqa: S314 what we have written ourselves
    return [one for one in root.iter(f"{SVG}{kind}") if style is None or style in one.attrib["class"].split()]


def words(drawing: Drawing) -> list[str]:
    """Give the texts of a drawing in their order."""
    return [one.text or "" for one in shapes(drawing, "text")]


def is_inside(drawing: Drawing) -> bool:
    """Say whether every rectangle lies inside the drawing."""
    for one in shapes(drawing, "rect"):
        x, y, width, height = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        if x < 0 or y < 0 or width < 0 or height < 0 or x + width > drawing.width + 1 or y + height > drawing.height:
            return False
    return True
