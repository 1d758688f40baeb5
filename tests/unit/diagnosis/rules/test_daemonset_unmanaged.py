"""The rule daemonset_unmanaged, which is a matter of the cluster: see tests/unit/fleet/test_unmanaged_daemonsets.py."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.rules.daemonset_unmanaged import check
from fleetscan.errors import AbsentError
from fleetscan.model.in_cluster import ListedDaemonSets
from tests.fixtures.windows import one_sample


def test_on_a_node_it_never_fires() -> None:
    """That a DaemonSet runs says nothing about one node."""
    assert check(one_sample(ListedDaemonSets(count=6))) is None


def test_where_the_list_was_not_to_be_had_it_is_skipped() -> None:
    """So that no episode of the cluster is taken for resolved."""
    with pytest.raises(AbsentError, match="ListedDaemonSets"):
        check(one_sample())
