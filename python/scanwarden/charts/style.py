"""Give the style sheet of the charts, for a page or for a picture that stands alone."""

import re
from functools import cache
from importlib import resources

# Light and dark values of every colour; each shade differs in brightness too, for those who see no hue. Shades that
# carry meaning have a contrast of at least 3 to 1 with the panel (WCAG 2.2, 1.4.11).
LIGHT = {
    "ink": "#1b1f27",
    "muted": "#5b6472",
    "panel": "#ffffff",
    "axis": "#aab2bf",
    "grid": "#e7eaef",
    "s1": "#7d8797",
    "s2": "#3f76c4",
    "s3": "#b37a00",
    "s4": "#cf5a12",
    "s5": "#bd1e2d",
    "h0": "#f0f2f6",
    "h1": "#c3d5f2",
    "h2": "#8fb2e6",
    "h3": "#4f83d1",
    "h4": "#2b5cab",
    "h5": "#173a78",
    "open": "#0d7a5f",
}
DARK = {
    "ink": "#e6e9ef",
    "muted": "#98a2b3",
    "panel": "#171a21",
    "axis": "#4a5263",
    "grid": "#262b35",
    "s1": "#7f8a9c",
    "s2": "#5b93e0",
    "s3": "#d6a02b",
    "s4": "#ee7d3a",
    "s5": "#f2616e",
    "h0": "#1f242d",
    "h1": "#243a5e",
    "h2": "#2f5592",
    "h3": "#4a80d1",
    "h4": "#7facec",
    "h5": "#c2daff",
    "open": "#35c39c",
}
_VARIABLE = re.compile(r"var\(--([a-z0-9]+)\)")


@cache
def page_style() -> str:
    """Give the rules with variables, and both sets of values."""
    light = "".join(f"--{name}:{value};" for name, value in LIGHT.items())
    dark = "".join(f"--{name}:{value};" for name, value in DARK.items())
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n{_rules()}"


@cache
def picture_style() -> str:
    """Give the rules with the light values written in, since few programs that draw SVG know variables."""
    without_comments = re.sub(r"/\*.*?\*/\s*", "", _rules(), flags=re.DOTALL)
    return _VARIABLE.sub(lambda found: LIGHT[found[1]], without_comments).replace("svg ", "")


def _rules() -> str:
    return resources.files(__package__).joinpath("chart.css").read_text(encoding="utf-8")
