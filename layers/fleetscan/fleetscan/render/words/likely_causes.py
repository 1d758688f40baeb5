"""What findings name on many nodes at once: on one node it is a hint, on all critical nodes a likely cause."""

from __future__ import annotations

from collections import Counter

from fleetscan.diagnosis.condition import Condition, condition
from fleetscan.immutable import immutable
from fleetscan.model import Diagnosis, Report, Severity
from fleetscan.render.words.escape import name

_NAMED = 3


@immutable(kw_only=False)
class LikelyCause:
    """An image (or, where none is known, a process or pod) and on how many nodes a finding names it."""

    name: str
    nodes: int


def likely_causes(report: Report) -> tuple[LikelyCause, ...]:
    """Return at most three of them by the number of critical nodes that name them; a count, not a conclusion."""
    named: Counter[str] = Counter()
    for diagnosis in _critical(report):
        named.update(
            {
                name(suspect.image or suspect.name)
                for finding in diagnosis.findings
                if finding.severity is not Severity.INFO
                for suspect in finding.evidence.suspects
            }
        )
    return tuple(LikelyCause(who, nodes) for who, nodes in named.most_common(_NAMED))


def sentence(report: Report) -> str:
    """Return what is named on how many critical nodes; nothing if a root cause is known, or for a single node."""
    if report.culprits:
        return ""
    critical = len(_critical(report))
    found = likely_causes(report)
    if critical < 2 or not found:  # noqa: PLR2004  # one node has nothing in common with itself
        return ""
    first, *rest = found
    words = "".join(f"; {one.name} on {one.nodes:,}" for one in rest)
    return f"Likely cause, not confirmed, on {first.nodes:,} of {critical:,} critical nodes: {first.name}{words}."


def _critical(report: Report) -> list[Diagnosis]:
    return [one for one in report.diagnoses if condition(one) is Condition.CRITICAL]
