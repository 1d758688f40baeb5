"""Deaths and events as text and back: how they lie in the table."""

from __future__ import annotations

import json

from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError
from cattrs.gen import make_dict_unstructure_fn
from cattrs.preconf.json import make_converter

from fleetscan.errors import ParseError
from fleetscan.model.conclusion import RootCause
from fleetscan.model.death import Death, Measured, Noted, Silence
from fleetscan.model.kubernetes import ClusterEvent, PodEnd
from fleetscan.model.readings import Readings
from fleetscan.storage.sane import is_reckonable

_DAMAGE = (BaseValidationError, ForbiddenExtraKeysError, StructureHandlerNotFoundError, ValueError, TypeError, KeyError)
"""What a text that was cut, edited or written by another version can raise while it is understood."""

_converter = make_converter()
for _kind in (Readings, RootCause, PodEnd, ClusterEvent, Silence, Measured, Noted, Death):
    # What is as it is by default needs no bytes: most readings of an earlier scan are None.
    _converter.register_unstructure_hook(
        _kind, make_dict_unstructure_fn(_kind, _converter, _cattrs_omit_if_default=True)
    )


def write(value: Death | ClusterEvent) -> str:
    """Return the value as one line of JSON."""
    return json.dumps(_converter.unstructure(value), separators=(",", ":"))


def read[V: (Death, ClusterEvent)](text: str, kind: type[V]) -> V:
    """Return the value; ParseError when the text is damaged. What a newer version added is ignored.

    Times without a zone and numbers that are none have the right types and cannot be reckoned with: they are damage.
    """
    try:
        found: V = _converter.structure(json.loads(text), kind)
        if not is_reckonable(found):
            raise ValueError("a time or a number in it is none")
    except (*_DAMAGE, RecursionError) as error:
        raise ParseError("what is kept of Kubernetes", 0, f"it is damaged ({type(error).__name__})") from error
    return found
