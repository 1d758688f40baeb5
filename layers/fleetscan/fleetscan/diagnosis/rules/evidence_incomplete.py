"""A node responded, but evidence that it must have is missing, could not be evaluated, or cannot be right.

What it means: the output was truncated, a source could not be read, what was read cannot be true, or a rule without
which no node is called healthy had nothing to evaluate. Such a node is unknown, not healthy: its silence proves
nothing. What was found on it counts all the same.

Why it hurts: a problem may be hidden in the missing part, and a node that sends wrong data may be broken or hostile.

What to do: the finding names the part and the reason. If script and scanner have different versions, deploy the stack
again. Where all nodes of one image lack the same, it is one finding of the fleet: the image is what to change.

Source: docs/capture-format.md. Two things are expected and only reported as information: lists that were shortened to
fit the output limit, and recordings that hold only some files. What a kind of node cannot have is not missing: a kernel
without pressure information, a table of a module that is not loaded, and on Bottlerocket the processes, pods, file
systems and kernel log of the host (its coverage is partial).
"""

from __future__ import annotations

import re

from fleetscan.diagnosis.rule import Rule, Unevaluated
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import CaptureStatus, Coverage, Evidence, Severity, Window

PROBLEMS_LIMIT = 1
"""One problem is enough."""

PROBLEMS_SHOWN = 3
"""So many are quoted in the finding; the node's coverage has all of them."""

_EXPECTED = re.compile(
    r"section pressure could not be read on the node"
    r"|section [a-z_]+ was dropped or shortened to fit the output limit"
    r"|not recorded: [a-z_, ]+"
)
"""Problems that need no action by themselves: PSI is off on some systems, the output is limited, a recording may be
partial. What a node must have and lacks because of them is told as not evaluated."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Report what was wrong with the output of a node that responded, and what could not be evaluated therefore."""
    coverage = window.last[Coverage]
    if coverage.status is not CaptureStatus.ANSWERED:
        return None
    missing = window.last.get(Unevaluated) or Unevaluated()
    reasons = [f"{name} not evaluated: {reason}" for name, reason in missing.reasons.items()]
    others = [problem for problem in coverage.problems if problem not in missing.reasons.values()]
    serious = [problem for problem in others if not _EXPECTED.fullmatch(problem)]
    problems = [*reasons, *serious, *(problem for problem in others if problem not in serious)]
    if len(problems) < PROBLEMS_LIMIT:
        return None
    text = "; ".join(problems[:PROBLEMS_SHOWN])
    if len(problems) > PROBLEMS_SHOWN:
        text += f"; and {len(problems) - PROBLEMS_SHOWN} more"
    return Evidence(
        severity=Severity.WARNING if reasons or serious else Severity.INFO,
        text=text,
        measured=float(len(problems)),
        limit=float(PROBLEMS_LIMIT),
    )


RULE = Rule(
    id="evidence_incomplete",
    severity=Severity.WARNING,
    title="Incomplete evidence: part of what a healthy node must show is missing",
    remedy=(
        "    aws ssm start-session --target INSTANCE_ID\n"
        "Opens a shell on the node: check there whether the files of the missing sections can be read."
    ),
    limits=NO_LIMITS,
    check=check,
    is_about_coverage=True,
)
