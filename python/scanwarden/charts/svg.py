"""Put rectangles, lines and words on a surface and write it as SVG."""

import re
from html import escape

from scanwarden.model.printable import printable

MAX_TEXT_CHARS = 200
_CLASS = re.compile(r"[a-z0-9 -]+")


def number(value: float) -> str:
    """Write a coordinate with at most one decimal, for there may be thousands of them."""
    return f"{value:.1f}".removesuffix(".0")


def inert(text: str) -> str:
    """Make any text safe between tags and inside quotes; control characters become visible."""
    return escape(printable(text, max_chars=MAX_TEXT_CHARS))


class Drawing:
    """A picture of fixed proportions, with a title and a description for those who cannot see it.

    Coordinates are pixels of an unscaled picture, from its upper left corner. `style` names are classes of the style
    sheet, never text from outside.
    """

    def __init__(self, width: float, height: float, *, title: str, description: str) -> None:
        self.width = width
        self.height = height
        self.title = title
        self.description = description
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, style: str, *, tip: str = "", radius: float = 0
    ) -> None:
        """Draw a rectangle; `tip` is shown when it is pointed at."""
        rounded = f' rx="{number(radius)}"' if radius else ""
        place = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        self._add("rect", f'{place}{rounded} class="{_checked(style)}"', tip)

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw a straight line."""
        place = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
        self._add("line", f'{place} class="{_checked(style)}"')

    def dot(self, x: float, y: float, radius: float, style: str, *, tip: str = "") -> None:
        """Draw a filled circle."""
        place = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
        self._add("circle", f'{place} class="{_checked(style)}"', tip)

    def path(self, points: list[tuple[float, float]], style: str) -> None:
        """Draw a line through points."""
        if points:
            steps = " L".join(f"{number(x)} {number(y)}" for x, y in points)
            self._add("path", f'd="M{steps}" class="{_checked(style)}"')

    def text(self, x: float, y: float, text: str, style: str = "label", *, anchor: str = "start") -> None:
        """Write text whose base line begins, ends (`end`) or is centred (`middle`) at a point."""
        anchored = "" if anchor == "start" else f' text-anchor="{_checked(anchor)}"'
        place = f'x="{number(x)}" y="{number(y)}"{anchored} class="{_checked(style)}"'
        self._parts.append(f"<text {place}>{inert(text)}</text>")

    def svg(self, *, style_sheet: str = "", style: str = "") -> str:
        """Write the picture; with a style sheet it stands alone, without one it takes that of the page."""
        size = f"{number(self.width)} {number(self.height)}"
        sheet = f"<style>{style_sheet}</style>" if style_sheet else ""
        kind = f' class="{_checked(style)}"' if style else ""
        fixed = f' width="{number(self.width)}" height="{number(self.height)}"' if style_sheet else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"{fixed}{kind} role="img" '
            f'aria-label="{inert(self.title)}. {inert(self.description)}">{sheet}{"".join(self._parts)}</svg>'
        )

    def _add(self, shape: str, attributes: str, tip: str = "") -> None:
        end = f"><title>{inert(tip)}</title></{shape}>" if tip else "/>"
        self._parts.append(f"<{shape} {attributes}{end}")


def _checked(style: str) -> str:
    if not _CLASS.fullmatch(style):
        raise ValueError(f"{style!r} is no class")
    return style
