"""An episode as text and back: how it lies in the table."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError
from cattrs.preconf.json import make_converter

from fleetscan.errors import EpisodeError
from fleetscan.model.episode import Episode

_DAMAGE = (BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError, ValueError, TypeError, KeyError)
"""What a text that was cut, edited or written by another version can raise while it is understood."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""What is reckoned with a time between these, such as when an episode is forgotten, is a time as well."""
LARGEST = 2.0**64
"""No counter and no size of a node goes beyond it, and every number below it can be divided."""

_converter = make_converter()


def write(episode: Episode) -> str:
    """Return the episode as one line of JSON."""
    return json.dumps(_converter.unstructure(episode), separators=(",", ":"))


def read(text: str) -> Episode:
    """Return the episode; EpisodeError when the text is damaged. What a newer version added is ignored.

    Times without a zone and numbers that are none have the right types and can not be reckoned with: they are damage.
    """
    try:
        episode = _converter.structure(json.loads(text), Episode)
        _demand_usable(episode)
    except _DAMAGE as error:
        raise EpisodeError(f"the stored episode is damaged ({type(error).__name__})") from error
    except RecursionError as error:
        raise EpisodeError("the stored episode is damaged") from error
    return episode


def _demand_usable(value: object) -> None:
    """Raise ValueError for a time or a number, however deep in the value, that nothing can be reckoned from."""
    if isinstance(value, datetime):
        if value.tzinfo is None or not EARLIEST <= value <= LATEST:
            raise ValueError("a time without a zone, or of another century")
    elif isinstance(value, int | float):
        # Neither infinity nor "not a number" is within; math.isfinite would fail with an int of 400 digits.
        if not abs(value) <= LARGEST:
            raise ValueError("a number out of range")
    elif isinstance(value, tuple):
        for one in value:
            _demand_usable(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            _demand_usable(getattr(value, field.name))
