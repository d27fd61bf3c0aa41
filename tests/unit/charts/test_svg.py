"""Drawings hold whatever text comes without becoming anything else."""

from xml.etree import ElementTree as ET

import pytest

from scanwarden.charts import Drawing

HOSTILE = ["<script>alert(1)</script>", '"><svg onload=alert(1)>', "]]>", "a\x1b[31m\x00\u202eb", "&amp;"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text(text: str) -> None:
    drawing = Drawing(100, 50, title=text, description=text)
    drawing.text(1, 1, text)
    drawing.rect(0, 0, 10, 10, "s1", tip=text)
    written = drawing.svg()
    root = ET.fromstring(written)  # noqa: S314 what we have written ourselves
    assert {one.tag.partition("}")[2] for one in root.iter()} == {"svg", "text", "rect", "title"}
    assert all(
        set(one.attrib) <= {"viewBox", "role", "aria-label", "x", "y", "width", "height", "class"}
        for one in root.iter()
    )
    assert written.isprintable()


def test_a_class_is_never_text_from_outside() -> None:
    with pytest.raises(ValueError, match="is no class"):
        Drawing(10, 10, title="", description="").rect(0, 0, 1, 1, 's1" onload="x')


def test_a_picture_that_stands_alone_brings_its_colours_and_size() -> None:
    drawing = Drawing(100, 50, title="Scans", description="none")
    assert "<style>" not in drawing.svg()
    assert drawing.svg(style_sheet=".s1 { fill: #123456; }").startswith(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" width="100" height="50" role="img"'
    )


def test_a_drawing_says_what_it_shows() -> None:
    root = ET.fromstring(Drawing(1, 1, title="Scans", description="12 in all").svg())  # noqa: S314
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "Scans. 12 in all"
