"""A node in few words."""

from __future__ import annotations

import pytest

from fleetscan.model import Report
from fleetscan.render.words.node_words import condition_words, state


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, ("critical, failing now", "critical")),
        (1, ("critical", "critical")),
        (3, ("unknown", "no agent")),
        (4, ("unknown", "unknown")),
        (5, ("unknown", "auto mode")),
        (6, ("healthy", "healthy")),
    ],
)
def test_a_node_is_what_its_evidence_says(number: int, expected: tuple[str, str], report: Report) -> None:
    """Silence is no severity, and half an answer is not health."""
    diagnosis = report.diagnoses[number]

    assert expected == (condition_words(diagnosis), state(diagnosis))
