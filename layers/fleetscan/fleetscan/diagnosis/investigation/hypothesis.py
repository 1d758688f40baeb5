"""A hypothesis of the investigation: a question, and a function that answers it with evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fleetscan.immutable import immutable
from fleetscan.model import Finding, StepResult, Window


@immutable(kw_only=False)
class Answer:
    """A result and its numbers, in words that can follow "yes", "no" or "unknown"."""

    verdict: StepResult
    evidence: str


type Examine[L] = Callable[[Window, Sequence[Finding], L], Answer]
"""Answers from a window, its findings and the thresholds of the rules that it refers to; AbsentError says what is
missing for an answer."""


@immutable
class Hypothesis[L]:
    """One thing that may be wrong with a node."""

    id: str
    question: str
    examine: Examine[L]
    limits: L
    """The thresholds of the rules that it must agree with: what no rule calls large is not large here either."""
    rules: tuple[str, ...]
    """The rules that find what it confirms: a "yes" stands on a finding of one of them, or it is none."""

    def ask(self, window: Window, findings: Sequence[Finding]) -> Answer:
        """Answer with these thresholds."""
        return self.examine(window, findings, self.limits)


type AnyHypothesis = Hypothesis[Any]
"""A hypothesis with any type of thresholds."""


def no(evidence: str) -> Answer:
    """Return that the hypothesis is ruled out."""
    return Answer(StepResult.RULED_OUT, evidence)


def yes(evidence: str) -> Answer:
    """Return that the hypothesis is confirmed."""
    return Answer(StepResult.CONFIRMED, evidence)


def unknown(evidence: str) -> Answer:
    """Return that the evidence does not carry an answer."""
    return Answer(StepResult.UNKNOWN, evidence)
