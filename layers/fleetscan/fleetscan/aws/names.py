"""Sanitizes untrusted text, such as tags and error messages, for use as names."""

from __future__ import annotations

import re

NAME_CHARACTERS = 100
"""Longest name kept. EKS cluster names have at most 100 characters, node groups and node pools at most 63;
EC2 allows 256 in a tag value."""

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._:/@%+=,-]")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")


def name(text: str, limit: int = NAME_CHARACTERS) -> str:
    """Return at most ``limit`` characters with everything outside ``A-Za-z0-9._:/@%+=,-`` replaced by ``_``."""
    return _NOT_IN_A_NAME.sub("_", text[:limit])


def printable(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of printable ASCII; every other character becomes ``?``."""
    return _NOT_PRINTABLE.sub("?", text[:limit])
