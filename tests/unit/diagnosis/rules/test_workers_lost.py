"""The rule workers_lost, which is a matter of the cluster: see tests/unit/fleet/test_lost_workers.py."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.workers_lost import check
from fleetscan.errors import AbsentError
from fleetscan.model.memory import History
from tests.fixtures.windows import one_sample


def test_on_a_node_it_never_fires() -> None:
    """That others are gone says nothing about one node."""
    assert check(one_sample(History(at_epoch_seconds=1_768_457_100))) is None


def test_where_no_history_is_kept_it_is_skipped() -> None:
    """Nobody knows who was there before."""
    with pytest.raises(AbsentError, match="History"):
        check(one_sample())
