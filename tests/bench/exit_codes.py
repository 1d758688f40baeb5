"""What a benchmark exits with."""

from __future__ import annotations

KEPT = 0
MISSED = 1
"""A budget was missed. Python exits with it after an exception, too: the output of a miss has the word ``MISSED``."""
SKIPPED = 77
"""The machine lacks what the benchmark needs, as with automake's tests; the output says what."""
