"""The rule page_tables_high."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.diagnosis.rules.page_tables_high import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity
from tests.fixtures.windows import MIB, healthy_node, memory, one_sample


def test_it_fires_at_exactly_the_limit() -> None:
    """20 of 1,000 MiB."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="page tables take 20 MiB of 1000 MiB (2.0%, threshold 2.0%)",
        measured=0.02,
        limit=0.02,
    )

    assert expected == check(one_sample(memory(total_bytes=1000 * MIB, page_tables_bytes=20 * MIB)))


def test_just_below_is_healthy() -> None:
    """One page less."""
    assert check(one_sample(memory(total_bytes=1000 * MIB, page_tables_bytes=20 * MIB - 4096))) is None
    assert check(healthy_node()) is None


@pytest.mark.parametrize("meminfo", [memory(total_bytes=MIB), memory(page_tables_bytes=MIB)])
def test_missing_evidence_is_not_healthy(meminfo: Meminfo) -> None:
    """Both numbers are needed."""
    with pytest.raises(AbsentError, match="was not reported"):
        check(one_sample(meminfo))
