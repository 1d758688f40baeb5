"""Files that the simulator reads and that are no part of it: of a working copy, or as the wheel brings them."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_IN_WHEEL = _HERE / "project"
"""Where pyproject.toml puts them; the folder exists in no working copy."""


def project_file(name: str) -> Path:
    """Return where a file is that a working copy has under this name."""
    packed = _IN_WHEEL / name
    return packed if packed.is_file() else _HERE.parent / name
