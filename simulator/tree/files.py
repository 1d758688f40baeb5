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
    made: set[str] = set()
    for name, content in files.items():
        path = f"{folder}/{name}"
        parent = path[: path.rindex("/")]
        if parent not in made:
            os.makedirs(parent, exist_ok=True)  # noqa: PTH103  # Path is slow for 10,000 files
            made.add(parent)
        if isinstance(content, Link):
            os.symlink(content.target, path)  # noqa: PTH211  # same
        else:
            with open(path, "wb", buffering=0) as file:  # noqa: PTH123  # same
                file.write(content.encode("ascii"))
