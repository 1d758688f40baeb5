"""The rule evidence_contradictory: numbers that cannot be are told."""

from __future__ import annotations

import pytest

from fleetscan.diagnosis.measures.contradictions import believed
from fleetscan.diagnosis.rules.evidence_contradictory import check
from fleetscan.model import Evidence, Severity, Window
from tests.fixtures.windows import GIB, MIB, affected_node, healthy_node, memory, one_sample, surviving_node

LIE = one_sample(memory(total_bytes=GIB, available_bytes=15 * GIB))


@pytest.mark.parametrize("window", [LIE, believed(LIE)], ids=["as it came", "looked through"])
def test_a_part_above_its_whole_is_told(window: Window) -> None:
    """MemAvailable fifteen times MemTotal (oracle-linux 218); without MemFree nothing can be used instead."""
    expected = Evidence(
        severity=Severity.INFO,
        text="MemAvailable is 15 GiB, more than MemTotal 1.0 GiB: not believed",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window)


def test_three_are_quoted_and_the_rest_is_counted() -> None:
    """Four numbers, and what is used in place of one."""
    meminfo = memory(
        total_bytes=GIB,
        free_bytes=100 * MIB,
        available_bytes=15 * GIB,
        cached_bytes=2 * GIB,
        anon_bytes=3 * GIB,
        slab_bytes=4 * GIB,
    )
    expected = Evidence(
        severity=Severity.INFO,
        text="Cached is 2.0 GiB, more than MemTotal 1.0 GiB: not believed; AnonPages is 3.0 GiB, more than MemTotal "
        "1.0 GiB: not believed; Slab is 4.0 GiB, more than MemTotal 1.0 GiB: not believed; and 1 more",
        measured=4.0,
        limit=1.0,
    )

    assert expected == check(one_sample(meminfo))


@pytest.mark.parametrize("window", [affected_node(), surviving_node(), healthy_node(), one_sample()])
def test_real_nodes_do_not_contradict_themselves(window: Window) -> None:
    """Nor does a node of which nothing is known."""
    assert check(window) is None
