"""The colours of everything that is drawn in HTML, in two themes.

Text keeps a contrast of at least 4.5 to 1 on what it stands on, in both (``tests/unit/render/html/test_palette.py``);
no state is shown by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#f5f6f8",
    "card": "#ffffff",
    "ink": "#1a1e24",
    "soft": "#58626d",
    "line": "#dcdfe4",
    "code": "#f1f3f6",
    "focus": "#1f5fbf",
    "critical": "#b3261e",
    "warning": "#855500",
    "info": "#2457a8",
    "ok": "#1a6b3c",
    "unknown": "#58626d",
    "critical-tint": "#fceceb",
    "warning-tint": "#fcf2df",
    "info-tint": "#eaf1fc",
    "ok-tint": "#e8f4ec",
    "unknown-tint": "#eef0f3",
    "pods": "#2f6fb0",
    "system": "#6f9fd0",
    "shared": "#a8c4e2",
    "cache": "#a3c9bd",
    "slab-1": "#a3201a",
    "slab-2": "#cb4a3d",
    "slab-3": "#e07f70",
    "slab": "#efb4a9",
    "reclaimable": "#d6c08d",
    "kernel": "#8d73b3",
    "pool": "#5d5a9c",
    "unaccounted": "#7b838d",
    "free": "#eef0f3",
}

DARK: Mapping[str, str] = {
    "page": "#0e1115",
    "card": "#161a20",
    "ink": "#e7eaee",
    "soft": "#9ba6b2",
    "line": "#2b323b",
    "code": "#0e1115",
    "focus": "#8ab4f8",
    "critical": "#ff8f86",
    "warning": "#f0bd5b",
    "info": "#8ab4f8",
    "ok": "#7fd3a0",
    "unknown": "#9ba6b2",
    "critical-tint": "#371a1a",
    "warning-tint": "#33270f",
    "info-tint": "#16253d",
    "ok-tint": "#12291c",
    "unknown-tint": "#21262d",
    "pods": "#5c9de0",
    "system": "#3f6f9f",
    "shared": "#2f4f70",
    "cache": "#3f6d60",
    "slab-1": "#f0685c",
    "slab-2": "#c24a40",
    "slab-3": "#96382f",
    "slab": "#6b2a25",
    "reclaimable": "#83703f",
    "kernel": "#9a80c4",
    "pool": "#7d79c9",
    "unaccounted": "#8a939e",
    "free": "#21262d",
}


def variables(theme: Mapping[str, str]) -> str:
    """Return a theme as the custom properties of a style sheet."""
    return " ".join(f"--{name}: {colour};" for name, colour in theme.items())
