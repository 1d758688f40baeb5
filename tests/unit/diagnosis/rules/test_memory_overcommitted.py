"""The rule memory_overcommitted."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rules.memory_overcommitted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.windows import MIB, affected_node, healthy_node, memory, one_sample


def test_the_incidents_affected_node_promised_more_than_it_had() -> None:
    """5,001 of 3,936 MB; information, no warning."""
    expected = Evidence(
        severity=Severity.INFO,
        text="Committed_AS is 4.9 GiB, 127% of MemTotal 3.8 GiB (threshold 100%)",
        measured=5001 / 3936,
        limit=1.0,
    )

    assert expected == check(affected_node())


def test_exactly_all_memory_is_healthy() -> None:
    """More than all is reported, all is not."""
    assert check(one_sample(memory(total_bytes=MIB, committed_bytes=MIB))) is None
    assert check(one_sample(memory(total_bytes=MIB, committed_bytes=MIB + 1))) is not None
    assert check(healthy_node()) is None


@pytest.mark.parametrize("meminfo", [memory(total_bytes=MIB), memory(committed_bytes=MIB)])
def test_missing_evidence_is_not_healthy(meminfo: Meminfo) -> None:
    """Both numbers are needed."""
    with pytest.raises(AbsentError, match="was not reported"):
        check(one_sample(meminfo))
