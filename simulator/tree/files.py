"""A tree before it is on disk: path -> text, and path -> target for symbolic links."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link; its target need not exist (``socket:[41207]``)."""

    target: str


type Files = Mapping[str, str | Link]
"""Path without a leading slash -> what stands there."""


def write(files: Files, folder: Path) -> None:
    """Write a tree into a folder."""
    for parent in sorted({os.path.dirname(name) for name in files}):  # noqa: PTH120  # Path is slow for 10,000 files
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = f"{folder}/{name}"
        if isinstance(content, Link):
            os.symlink(content.target, path)  # noqa: PTH211  # same
        else:
            with open(path, "w", encoding="ascii") as file:  # noqa: PTH123  # same
                file.write(content)
