"""How much of a report is shown."""

from __future__ import annotations

import enum


class Detail(enum.IntEnum):
    """Brief is for a terminal, where more can be asked for; files, pipes and mails get everything."""

    BRIEF = 0
    """On a screen: the headline, the remedies, one line for each finding and each question."""
    FULL = 1
    """In a pipe, a file, a ticket: the worst nodes with all that was found and asked."""
    VERBOSE = 2
    """Every node with findings, and what was not evaluated there."""
