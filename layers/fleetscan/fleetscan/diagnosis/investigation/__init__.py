"""The questions of a good engineer in the order in which they are asked, and what the evidence answers.

The order is the incident's: the obvious suspects first, each ruled out with a number, then where the memory is, in
what, and who holds it. Every step is asked on every node; on a healthy one each answer is a short reassuring fact.
"""

from __future__ import annotations

from collections.abc import Sequence

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
from fleetscan.errors import AbsentError
from fleetscan.model import Finding, Step, Window

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
"""Every question there is, in order."""

__all__ = ["HYPOTHESES", "investigate"]


def investigate(
    window: Window, findings: Sequence[Finding], hypotheses: Sequence[AnyHypothesis] = HYPOTHESES
) -> tuple[Step, ...]:
    """Return one step for each hypothesis, in order. Missing evidence is an unknown with the reason, never a "no"."""
    return tuple(_step(hypothesis, window, findings) for hypothesis in hypotheses)


def _step(hypothesis: AnyHypothesis, window: Window, findings: Sequence[Finding]) -> Step:
    try:
        answer = hypothesis.ask(window, findings)
    except AbsentError as absent:
        answer = unknown(str(absent))
    except Exception as error:  # noqa: BLE001  # one question with a bug never silences the others, nor the findings
        answer = unknown(f"could not be answered because of a bug: {type(error).__name__}: {error}")
    return Step(
        hypothesis=hypothesis.id, question=hypothesis.question, verdict=answer.verdict, evidence=answer.evidence
    )
