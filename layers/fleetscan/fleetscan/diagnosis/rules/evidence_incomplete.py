"""A node responded, but part of its data is missing or cannot be right.

What it means: the output was truncated, a source could not be read, or what was read cannot be true. Rules that need
the missing part were skipped; they did not report the node as healthy.

Why it hurts: a problem may be hidden in the missing part, and a node that sends wrong data may be broken or hostile.

What to do: the finding names the part. A kernel without pressure information (PSI) can be started with `psi=1`. If
script and scanner have different versions, deploy the stack again.

Source: docs/capture-format.md. Three things are expected and only reported as information: a kernel without pressure
information, lists that were shortened to fit the output limit, and recordings that hold only some files.
"""

from __future__ import annotations

import re

from fleetscan.diagnosis.rule import Rule
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
"""Problems that need no action: PSI is off on some systems, the output is limited, a recording may be partial."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Report what was wrong with the output of a node that responded."""
    coverage = window.last[Coverage]
    problems = coverage.problems
    if coverage.status is not CaptureStatus.ANSWERED or len(problems) < PROBLEMS_LIMIT:
        return None
    serious = [problem for problem in problems if not _EXPECTED.fullmatch(problem)]
    shown = [*serious, *(problem for problem in problems if problem not in serious)][:PROBLEMS_SHOWN]
    text = "; ".join(shown)
    if len(problems) > PROBLEMS_SHOWN:
        text += f"; and {len(problems) - PROBLEMS_SHOWN} more"
    return Evidence(
        severity=Severity.WARNING if serious else Severity.INFO,
        text=text,
        measured=float(len(problems)),
        limit=float(PROBLEMS_LIMIT),
    )


RULE = Rule(
    id="evidence_incomplete",
    severity=Severity.WARNING,
    title="Incomplete evidence: part of the node's data is missing",
    remedy=(
        "    aws ssm start-session --target INSTANCE_ID\n"
        "Opens a shell on the node: check there whether the files of the missing sections can be read."
    ),
    limits=NO_LIMITS,
    check=check,
    is_about_coverage=True,
)
