"""Time to memory exhaustion in words: the nodes that lose memory steadily, soonest first."""

from __future__ import annotations

from fleetscan.model import Report
from fleetscan.model.forecast import Runway
from fleetscan.render.words import amounts
from fleetscan.render.words.escape import sanitized
from fleetscan.render.words.node_words import display_name

SHOWN_HOURS = 7 * 24
"""A date further away than a week is nobody's next."""

_NAMES = 3
_DAYS_FROM_HOURS = 72


def next_to_run_out(report: Report) -> str:
    """Return a sentence on the nodes whose memory will run out within a week, soonest first; empty where none will."""
    dated = [(one.runway, one) for one in report.diagnoses if one.runway is not None]
    soon = sorted((pair for pair in dated if pair[0].hours < SHOWN_HOURS), key=lambda pair: pair[0].hours)
    if not soon:
        return ""
    named = "; ".join(f"{display_name(one)} {sanitized(left.text)}" for left, one in soon[:_NAMES])
    rest = len(soon) - _NAMES
    more = f"; and {amounts.count(rest, 'more node')} within a week" if rest > 0 else ""
    return f"Next to run out of memory, at the current rate: {named}{more}."


def left(runway: Runway | None, *, gap: str = " ") -> str:
    """Return the time that is left in few characters: ``7 h``, ``4 d``, ``-``; ``gap`` is between number and unit."""
    if runway is None:
        return amounts.UNKNOWN
    return f"{runway.hours / 24:.0f}{gap}d" if runway.hours >= _DAYS_FROM_HOURS else f"{runway.hours:.0f}{gap}h"
