"""An episode as text and back: how it lies in the table."""

from __future__ import annotations

import json

from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError
from cattrs.preconf.json import make_converter

from fleetscan.errors import EpisodeError
from fleetscan.model.episode import Episode
from fleetscan.storage.sane import is_reckonable

_DAMAGE = (BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError, ValueError, TypeError, KeyError)
"""What a text that was cut, edited or written by another version can raise while it is understood."""

_converter = make_converter()


def write(episode: Episode) -> str:
    """Return the episode as one line of JSON."""
    return json.dumps(_converter.unstructure(episode), separators=(",", ":"))


def read(text: str) -> Episode:
    """Return the episode; EpisodeError when the text is damaged. What a newer version added is ignored.

    Times without a zone and numbers that are none have the right types and cannot be reckoned with: they are damage.
    """
    try:
        episode = _converter.structure(json.loads(text), Episode)
        if not is_reckonable(episode):
            raise ValueError("a time or a number in it is none")
    except _DAMAGE as error:
        raise EpisodeError(f"the stored episode is damaged ({type(error).__name__})") from error
    except RecursionError as error:
        raise EpisodeError("the stored episode is damaged") from error
    return episode
