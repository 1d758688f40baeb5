"""How much of a report is shown."""

from __future__ import annotations

import enum


class Detail(enum.IntEnum):
    """Less is for a reader who can ask for more; what is read elsewhere, later or by others, is whole."""

    BRIEF = 0
    """On a screen: the headline, the remedies, one line for each finding and each question."""
    FULL = 1
    """In a pipe, a file, a ticket: the worst nodes with all that was found and asked."""
    VERBOSE = 2
    """Every node with findings, and what was not evaluated there."""
