"""How one node is, and whether it is failing now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.catalogue import traits
from fleetscan.diagnosis.condition import Condition, condition, is_failing_now, is_quiet, lead, swap_used_ratio
from fleetscan.diagnosis.rules import RULES
from fleetscan.diagnosis.traits import Traits
from fleetscan.model import CaptureStatus, Cause, Diagnosis, Readings, Severity
from tests.fixtures.evaluated_nodes import HEALTHY, evaluated, failing, finding, leaking

FAILING_NOW = {"memory_pressure_high", "memory_available_low", "swap_thrashing", "service_down"}
ABOUT_COVERAGE = {"evidence_contradictory", "evidence_incomplete", "node_not_scannable", "node_unreachable"}
REQUIRED = ("memory_total_bytes", "memory_available_bytes", "slab_unreclaimable_bytes", "load1")


@pytest.mark.parametrize(
    ("diagnosis", "expected"),
    [
        (failing(1), (Condition.CRITICAL, True)),
        (leaking(1), (Condition.CRITICAL, False)),
        (evaluated(1, finding("load_high", Severity.WARNING)), (Condition.WARNING, False)),
        (evaluated(1, finding("memory_pressure_high", Severity.WARNING)), (Condition.WARNING, False)),
        (evaluated(1, finding("oom_kill_pod", Severity.INFO)), (Condition.HEALTHY, False)),
        (evaluated(1), (Condition.HEALTHY, False)),
        (evaluated(1, readings=Readings()), (Condition.UNKNOWN, False)),
        (
            replace(failing(1), coverage=evaluated(1, status=CaptureStatus.TIMED_OUT).coverage),
            (Condition.UNKNOWN, False),
        ),
    ],
)
def test_a_node_is_what_its_evidence_says(diagnosis: Diagnosis, expected: tuple[Condition, bool]) -> None:
    """Silence is no severity, and half an answer is not health."""
    assert expected == (condition(diagnosis), is_failing_now(diagnosis))


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_node_is_not_healthy_without_any_one_of_what_rules_require(missing: str) -> None:
    """Each by itself; a reading that no rule requires may be missing."""
    assert condition(evaluated(1, readings=replace(HEALTHY, **{missing: None}))) is Condition.UNKNOWN
    assert condition(evaluated(1, readings=replace(HEALTHY, cpus=None))) is Condition.HEALTHY


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_what_a_critical_finding_of_each_rule_makes_of_a_node(rule: str) -> None:
    """Failing now by four rules, unknown by the four that speak of coverage, critical by all others."""
    found = evaluated(1, finding(rule, Severity.CRITICAL))
    how = Condition.UNKNOWN if rule in ABOUT_COVERAGE else Condition.CRITICAL

    assert (how, rule in FAILING_NOW) == (condition(found), is_failing_now(found))


def test_a_finding_of_a_rule_that_is_no_more_counts_by_its_severity() -> None:
    """A stored report outlives its rules."""
    found = evaluated(1, finding("a_rule_of_once", Severity.CRITICAL))

    assert traits("a_rule_of_once") == Traits()
    assert (condition(found), is_failing_now(found)) == (Condition.CRITICAL, False)


def test_missing_evidence_makes_a_node_unknown_not_bad() -> None:
    """A warning about what could be looked at is no warning about the node, and no health either."""
    assert condition(evaluated(1, finding("evidence_incomplete", Severity.WARNING))) is Condition.UNKNOWN
    assert condition(evaluated(1, finding("evidence_incomplete", Severity.INFO))) is Condition.HEALTHY


def test_a_node_on_which_something_was_not_evaluated_is_unknown_at_best() -> None:
    """Whether or not a finding says so; a stored report of an earlier version says it by the finding alone."""
    missing = {"kernel log": "section kernel_log could not be read on the node"}
    slab = finding("slab_unreclaimable_high", Severity.CRITICAL)

    assert condition(replace(evaluated(1), unevaluated=missing)) is Condition.UNKNOWN
    assert condition(replace(evaluated(1, slab), unevaluated=missing)) is Condition.CRITICAL


def test_missing_evidence_does_not_hide_what_was_seen() -> None:
    """It counts, whatever was not seen beside it."""
    slab = finding("slab_unreclaimable_high", Severity.CRITICAL)
    both = evaluated(1, finding("evidence_incomplete", Severity.CRITICAL), slab)

    assert condition(both) is Condition.CRITICAL
    assert lead(both) == slab


def test_the_finding_with_a_cause_leads() -> None:
    """Among equally bad findings the one that knows why says most."""
    known = finding("socket_buffers_held", Severity.CRITICAL, Cause.SOCKET_QUEUE)

    assert lead(evaluated(1, finding("load_high", Severity.CRITICAL), known)) == known


def test_unknown_pressure_is_not_quiet() -> None:
    """A node whose pressure nobody measured is not said to look healthy."""
    assert is_quiet(HEALTHY)
    assert not is_quiet(replace(HEALTHY, memory_some_avg60_percent=None))
    assert not is_quiet(replace(HEALTHY, cpus=None))


def test_no_swap_is_not_empty_swap() -> None:
    """A share of nothing is unknown."""
    assert swap_used_ratio(replace(HEALTHY, swap_total_bytes=0, swap_free_bytes=0)) is None
