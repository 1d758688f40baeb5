"""What a step of the investigation is: a question, and a function that answers it with evidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fleetscan.model import Finding, Verdict, Window


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict and the numbers it rests on, as words that can follow "yes", "no" or "unknown"."""

    verdict: Verdict
    evidence: str


type Examine = Callable[[Window, Sequence[Finding]], Answer]
"""Answers from a window and the findings made on it; AbsentError says what was missing for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """One thing that may be wrong with a node."""

    id: str
    question: str
    examine: Examine


def no(evidence: str) -> Answer:
    """Return that the hypothesis is ruled out."""
    return Answer(Verdict.RULED_OUT, evidence)


def yes(evidence: str) -> Answer:
    """Return that the hypothesis is confirmed."""
    return Answer(Verdict.CONFIRMED, evidence)


def unknown(evidence: str) -> Answer:
    """Return that the evidence does not carry an answer."""
    return Answer(Verdict.UNKNOWN, evidence)
