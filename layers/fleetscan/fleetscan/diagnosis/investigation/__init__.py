"""The investigation: a fixed list of hypotheses, each confirmed or ruled out by the evidence.

The order is the incident's: the usual causes first, each ruled out with a number, then where the memory is, in which
slab cache, and which process holds it. Every hypothesis is tested on every node; on a healthy one each answer is a
short fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fleetscan.diagnosis.investigation.cpu_credits import CPU_CREDITS
from fleetscan.diagnosis.investigation.holder import HOLDER
from fleetscan.diagnosis.investigation.hypothesis import AnyHypothesis, unknown
from fleetscan.diagnosis.investigation.memory_in_pods import MEMORY_IN_PODS
from fleetscan.diagnosis.investigation.network_tables import NETWORK_TABLES
from fleetscan.diagnosis.investigation.oom_kill import OOM_KILL
from fleetscan.diagnosis.investigation.pods_cpu import PODS_CPU
from fleetscan.diagnosis.investigation.pressure import PRESSURE
from fleetscan.diagnosis.investigation.slab import SLAB
from fleetscan.diagnosis.investigation.swap import SWAP
from fleetscan.diagnosis.measures.contradictions import refused
from fleetscan.errors import AbsentError
from fleetscan.model import Finding, Step, StepResult, Window

HYPOTHESES: tuple[AnyHypothesis, ...] = (
    OOM_KILL,
    CPU_CREDITS,
    PODS_CPU,
    NETWORK_TABLES,
    PRESSURE,
    SWAP,
    MEMORY_IN_PODS,
    SLAB,
    HOLDER,
)
"""All hypotheses, in order."""

UNSUPPORTED = "no check calls that a problem"

__all__ = ["HYPOTHESES", "UNSUPPORTED", "investigate", "supported"]


def investigate(
    window: Window, findings: Sequence[Finding], hypotheses: Sequence[AnyHypothesis] = HYPOTHESES
) -> tuple[Step, ...]:
    """Return one step for each hypothesis, in order. Missing evidence gives "unknown" with the reason, never "no"."""
    return tuple(_step(hypothesis, window, findings) for hypothesis in hypotheses)


def supported(
    steps: Sequence[Step], findings: Sequence[Finding], hypotheses: Sequence[AnyHypothesis] = HYPOTHESES
) -> tuple[Step, ...]:
    """Return the steps of a node, each "yes" of which has a finding behind it.

    One without is told as "no", with its numbers: no check calls them a problem, and a report must not say both.
    """
    fired = {finding.rule for finding in findings}
    rules = {hypothesis.id: hypothesis.rules for hypothesis in hypotheses}
    return tuple(
        replace(step, verdict=StepResult.RULED_OUT, evidence=f"{step.evidence}; {UNSUPPORTED}")
        if step.verdict is StepResult.CONFIRMED and fired.isdisjoint(rules[step.hypothesis])
        else step
        for step in steps
    )


def _step(hypothesis: AnyHypothesis, window: Window, findings: Sequence[Finding]) -> Step:
    try:
        answer = hypothesis.ask(window, findings)
    except AbsentError as absent:
        answer = unknown(refused(window).reason(str(absent)))
    except Exception as error:  # noqa: BLE001  # a bug in one hypothesis must not cost the others or the findings
        answer = unknown(f"could not be answered because of a bug: {type(error).__name__}: {error}")
    return Step(
        hypothesis=hypothesis.id, question=hypothesis.question, verdict=answer.verdict, evidence=answer.evidence
    )
