"""A node answered, but part of its evidence is missing or cannot be believed.

What it means: the answer was cut, a source could not be read, or what was read cannot be true. Rules that need the
missing part were skipped; they did not say "well".

Why it hurts: a finding may be hidden in the part that is missing, and a node that sends nonsense may be broken or
hostile.

What to do: the finding says which part it is. A kernel without pressure information can be started with `psi=1`; a
script and a reader of different versions are brought together by deploying the stack again.

Source: docs/capture-format.md. Three things are expected and only told: a kernel that keeps no pressure information,
lists that were shortened to fit the answer, and recordings that hold only some files.
"""

from __future__ import annotations

import re

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import CaptureStatus, Coverage, Evidence, Severity, Window

PROBLEMS_LIMIT = 1
"""The first one is worth a line."""

PROBLEMS_SHOWN = 3
"""All of them stand in the node's coverage; a sentence holds a few."""

_EXPECTED = re.compile(
    r"section pressure could not be read on the node"
    r"|section [a-z_]+ was dropped or shortened to fit the output limit"
    r"|not recorded: [a-z_, ]+"
)
"""Problems that need nobody: PSI is off by default on some systems, a capture has a size, a recording has gaps."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Tell what was wrong with the answer of a node that answered."""
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
