"""HTML without templates: elements from text that has been escaped exactly once."""

from __future__ import annotations

import html

from fleetscan.immutable import immutable
from fleetscan.render.words.escape import SENTENCE_CHARACTERS, sanitized


@immutable(kw_only=False)
class Markup:
    """HTML that may be put into a page as it is. Only this module makes it."""

    text: str


type Child = Markup | str
"""A plain string is foreign text and gets escaped; markup is not escaped again."""

_VOID = frozenset({"meta"})
_SHAPES = frozenset({"rect", "polyline", "polygon"})
"""Elements of SVG that may close themselves."""


def element(tag: str, *children: Child, **attributes: str) -> Markup:
    """Return an element; ``class_`` becomes ``class`` and ``data_label`` becomes ``data-label``."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value).text}"' for key, value in attributes.items()
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    content = joined(*children).text
    if tag in _SHAPES and not content:
        return Markup(f"<{tag}{written}/>")
    return Markup(f"<{tag}{written}>{content}</{tag}>")


def joined(*children: Child) -> Markup:
    """Return the children one after the other."""
    return Markup("".join(child.text if isinstance(child, Markup) else escaped(child).text for child in children))


def escaped(text: str, limit: int = SENTENCE_CHARACTERS) -> Markup:
    """Return untrusted text as markup: sanitized, bounded, and escaped for a browser."""
    return Markup(html.escape(sanitized(text, limit), quote=True))


def spaced(text: str) -> Markup:
    """Return the project's own words with the space at their ends kept."""
    return Markup(html.escape(text, quote=True))
