"""Files of a folder that somebody sent: inside of it, regular, and not larger than what is read into memory."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from fleetscan.errors import RecordingError
from fleetscan.numbers import MAX_DIGITS

MOST_FLEET_BYTES = 32 * 2**20
"""Of 10,000 nodes fleet.json has some 4 MB."""
MOST_CAPTURE_BYTES = 64 * 2**10
"""The script prints at most 23,900 characters."""
MOST_LIST_BYTES = 64 * 2**20
"""Of a list as kubectl writes it, with everything in it: 8 KB a pod, so some 8,000 of them."""
_WORDS_CHARACTERS = 200


def read(folder: Path, name: str, *, most: int) -> bytes:
    """Return what a file holds; RecordingError says what is wrong with it, by its name in the folder."""
    file = folder / name
    try:
        if not file.exists():
            raise RecordingError(f"{name} is not in the recording")
        # A link may lead to any file of the reader's, and a pipe never ends.
        if not file.resolve().is_relative_to(folder.resolve()) or not file.is_file():
            raise RecordingError(f"{name} is no regular file of the folder")
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise RecordingError(f"{name} cannot be read: {error.strerror}") from error
    if len(content) > most:
        raise RecordingError(f"{name} is larger than {most:,} bytes")
    return content


def read_json(folder: Path, name: str, *, most: int) -> Any:  # noqa: ANN401 - what JSON holds
    """Return what a JSON file holds; RecordingError says what is wrong with it.

    A number that is none does not spoil the others: it is infinite, which whoever reads the value refuses.
    """
    content = read(folder, name, most=most)
    try:
        return json.loads(content, parse_int=_whole)
    except RecursionError as error:
        raise RecordingError(f"{name} is no JSON that can be read: it is nested too deeply") from error
    except ValueError as error:
        words = "".join(one if " " <= one <= "~" else "?" for one in str(error))[:_WORDS_CHARACTERS]
        raise RecordingError(f"{name} is no JSON that can be read: {words}") from error


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf
