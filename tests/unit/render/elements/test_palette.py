"""The colours: what is read can be read, in both themes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest

from fleetscan.render.elements.palette import DARK, LIGHT, variables

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
TONES = ("critical", "warning", "info", "ok", "unknown")
TEXT_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
SHAPE_CONTRAST = 3.0
"""WCAG 2.2, success criterion 1.4.11: what is needed to understand a drawing."""


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` by WCAG's formula."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_is_that_of_wcag() -> None:
    """Black on white is 21, and #767676 is the lightest grey that passes on white."""
    expected = (21.0, 4.54)

    assert expected == (round(contrast("#000000", "#ffffff"), 2), round(contrast("#767676", "#ffffff"), 2))


@THEMES
def test_words_can_be_read_wherever_they_stand(theme: Mapping[str, str]) -> None:
    """Ink and soft words on page, card, code and tints; each tone on its tint and on a card; a letter on its tone."""
    pairs = [
        *((word, ground) for word in ("ink", "soft") for ground in ("page", "card", "code")),
        *(("ink", f"{tone}-tint") for tone in TONES),
        *((tone, f"{tone}-tint") for tone in TONES),
        *((tone, "card") for tone in TONES),
        *(("card", tone) for tone in TONES),
    ]
    expected: list[tuple[str, str]] = []

    assert expected == [pair for pair in pairs if contrast(theme[pair[0]], theme[pair[1]]) < TEXT_CONTRAST]


@THEMES
def test_what_a_drawing_is_about_stands_out(theme: Mapping[str, str]) -> None:
    """The slab's largest caches, the pods, the lines of a plot and the focus ring against the card they are on."""
    reported = ("slab-1", "slab-2", "pods", "unaccounted", "soft", "focus", "ok", "critical", "warning")
    expected: list[str] = []

    assert expected == [one for one in reported if contrast(theme[one], theme["card"]) < SHAPE_CONTRAST]


@THEMES
def test_the_shades_of_the_slab_go_one_way(theme: Mapping[str, str]) -> None:
    """From the largest cache on each is closer to the card, so that their order is seen without the colour."""
    shades = [contrast(theme[one], theme["card"]) for one in ("slab-1", "slab-2", "slab-3", "slab")]

    assert all(stronger > weaker for stronger, weaker in pairwise(shades))


def test_both_themes_have_the_same_colours() -> None:
    """One that was forgotten would be the browser's own."""
    assert list(LIGHT) == list(DARK)


def test_a_theme_as_custom_properties() -> None:
    """Two dashes, a colon, a semicolon."""
    assert variables({"ink": "#000000", "card": "#ffffff"}) == "--ink: #000000; --card: #ffffff;"
