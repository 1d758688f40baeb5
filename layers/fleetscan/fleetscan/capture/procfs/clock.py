"""Whether the clock is kept by a time server, by ``chronyc -c tracking``.

::

    synchronized stratum=3 offset_seconds=0.000012031 leap=Normal

``unsynchronized`` where chrony says so or has no source (stratum 0). ``offset_seconds`` is how far the system's clock
is off, either way; of a clock that is less than 10 ms off and synchronized that word alone is sent.
Absent where there is no chronyc or it did not answer; a recorded tree keeps the answer in
``chrony.txt``.
https://chrony-project.org/doc/4.5/chronyc.html (``tracking``)
"""

from __future__ import annotations

from fleetscan import numbers
from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "clock"
_STATES = {"synchronized": True, "unsynchronized": False}


@immutable
class Clock:
    """What chrony says of the node's clock."""

    is_synchronized: bool
    stratum: int | None
    """Hops to a reference clock; 0 without a source."""
    offset_seconds: float | None
    """How far the clock is off, either way."""


def parse(text: str) -> Clock:
    """Parse the section ``clock``."""
    row = rows.read_one(text, source=_SOURCE)
    state = row.words[0]
    if state not in _STATES:
        raise row.error(f"state is neither synchronized nor unsynchronized: {numbers.shown(state)}")
    pairs = row.pairs(1)
    return Clock(
        is_synchronized=_STATES[state],
        stratum=pairs.whole_or_none("stratum"),
        offset_seconds=pairs.decimal_or_none("offset_seconds"),
    )
