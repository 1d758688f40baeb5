"""What a calm day looks like, to compare the bad ones with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest

from tests.failure_modes.stage import NODES, accounted, staged


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """What two scans of the affected fleet leave behind when nothing goes wrong."""

    reported: Counter[str]
    episodes: set[str]


@pytest.fixture(scope="session")
def calm() -> Calm:
    """Scan twice."""
    with staged() as stage:
        answers = [stage.scan(0), stage.scan(5)]
        assert [accounted(answer) for answer in answers] == [(NODES, NODES)] * 2
        assert len(stage.aws.messages) == 1
        assert stage.owed == set()
        assert (stage.alarm("ScanMissing"), stage.alarm("ScanErrors"), stage.alarm("Coverage")) == ("OK", "OK", "OK")
        return Calm(reported=stage.reported, episodes=stage.open)
