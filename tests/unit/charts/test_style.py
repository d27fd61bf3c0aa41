"""Colours that can be told apart, in the light and in the dark."""

import re

import pytest

from scanwarden.charts.style import DARK, LIGHT, page_style, picture_style

MEANINGFUL = ["s1", "s2", "s3", "s4", "s5", "h3", "h4", "h5", "open"]


def brightness(colour: str) -> float:
    """Give the relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((brightness(one), brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_shapes_stand_out_from_the_panel(scheme: dict[str, str]) -> None:
    assert all(contrast(scheme[name], scheme["panel"]) >= 4.5 for name in ("ink", "muted"))
    assert all(contrast(scheme[name], scheme["panel"]) >= 3 for name in MEANINGFUL)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_shades_of_the_map_rise_in_one_direction(scheme: dict[str, str]) -> None:
    shades = [brightness(scheme[f"h{level}"]) for level in range(6)]
    assert shades in (sorted(shades), sorted(shades, reverse=True))


def test_both_schemes_name_the_same_colours_and_a_picture_needs_no_variables() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert "prefers-color-scheme: dark" in page_style()
    assert "var(" not in picture_style()
    assert set(re.findall(r"var\(--([a-z0-9]+)\)", page_style())) <= LIGHT.keys()
