"""A mute list in a file, for scans from a terminal.

[[mute]]
id = "disks"
rule = "swap_*"
until = 2026-03-01
why = "the disks are being moved"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from fleetscan.diagnosis.rules import RULES
from fleetscan.errors import MuteError
from fleetscan.incidents import mute
from fleetscan.model.episode import Mutes


def read(file: Path, now: datetime) -> Mutes:
    """Return the mute list of a file; an expired mute is a problem too. MuteError when the file is no such list."""
    try:
        with file.open("rb") as opened:
            content = tomllib.load(opened)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MuteError(f"{file} is no TOML file: {error}") from error
    entries = content.get("mute", [])
    if set(content) - {"mute"} or not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise MuteError(f"{file} is no mute list: it is made of [[mute]] tables and nothing else")
    return mute.read((_with_id(one, number) for number, one in enumerate(entries, start=1)), now, [r.id for r in RULES])


def _with_id(given: Mapping[str, object], number: int) -> Mapping[str, object]:
    """Return an entry with its number in the file where it has no id of its own."""
    return {"id": str(number), **given}
