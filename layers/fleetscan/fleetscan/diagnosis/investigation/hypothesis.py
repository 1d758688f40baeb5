"""What a step of the investigation is: a question, and a function that answers it with evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fleetscan.immutable import immutable
from fleetscan.model import Finding, Verdict, Window


@immutable(kw_only=False)
class Answer:
    """A verdict and the numbers it rests on, as words that can follow "yes", "no" or "unknown"."""

    verdict: Verdict
    evidence: str


type Examine[L] = Callable[[Window, Sequence[Finding], L], Answer]
"""Answers from a window, the findings made on it and the limits of the rules that it speaks of; AbsentError says what
was missing for an answer."""


@immutable
class Hypothesis[L]:
    """One thing that may be wrong with a node."""

    id: str
    question: str
    examine: Examine[L]
    limits: L
    """Of the rules whose words it must not contradict: what no rule calls large, the investigation does not either."""

    def ask(self, window: Window, findings: Sequence[Finding]) -> Answer:
        """Answer by these limits."""
        return self.examine(window, findings, self.limits)


type AnyHypothesis = Hypothesis[Any]
"""A hypothesis, whatever limits it goes by."""


def no(evidence: str) -> Answer:
    """Return that the hypothesis is ruled out."""
    return Answer(Verdict.RULED_OUT, evidence)


def yes(evidence: str) -> Answer:
    """Return that the hypothesis is confirmed."""
    return Answer(Verdict.CONFIRMED, evidence)


def unknown(evidence: str) -> Answer:
    """Return that the evidence does not carry an answer."""
    return Answer(Verdict.UNKNOWN, evidence)
