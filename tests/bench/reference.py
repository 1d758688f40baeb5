"""The reference beside every speed: plain work, measured in the same process, in turn with what is measured.

Machines differ threefold, and one machine differs under load. Both slow down the reference as well, so a ratio to it
says more than seconds do, and budgets are ratios. All seconds here are CPU seconds of this process; of several rounds
the median counts.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RECORDED = Path(__file__).parents[1] / "fuzz" / "seeds" / "incident-00.txt"
"""What the script printed on a node of the incident."""
LEAST_SECONDS = 0.005
"""One look at the reference takes at least so long, else the clock's steps would show."""
SPLIT = "splitting the same output into lines and words (str.splitlines, str.split)"
SPLIT_RECORDED = "splitting the recorded output of one node into lines and words (str.splitlines, str.split)"


@dataclass(frozen=True, slots=True)
class Reference:
    """Some plain work, and how many times that is compared with."""

    work: Callable[[], object]
    times: float = 1.0

    def seconds(self) -> float:
        """Return what it takes now; the collector of cycles, whose time depends on the heap around, is off."""
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            rounds, took, began = 0, 0.0, time.process_time()
            while took < LEAST_SECONDS:
                self.work()
                rounds += 1
                took = time.process_time() - began
        finally:
            if was_enabled:
                gc.enable()
        return took / rounds * self.times


@dataclass(frozen=True, slots=True)
class Compared[T]:
    """What some work takes beside its reference, and what it made."""

    seconds: float
    reference_seconds: float
    ratio: float
    made: T


def split(texts: Sequence[str]) -> Reference:
    """Return the reference for what reads these texts: the least that any reader of them does."""
    return Reference(lambda: _words(texts))


def split_recorded(nodes: float = 1.0) -> Reference:
    """Return the reference for what has no texts at hand: as many times the recorded output of one node."""
    texts = [RECORDED.read_text(encoding="ascii")]
    return Reference(lambda: _words(texts), nodes)


def decode(document: str | bytes) -> Reference:
    """Return the reference for what understands a JSON document: the standard library's decoder on the same bytes."""
    return Reference(lambda: json.loads(document))


def encode(document: str | bytes) -> Reference:
    """Return the reference for what writes a JSON document: the standard library's encoder on the same values."""
    values = json.loads(document)
    return Reference(lambda: json.dumps(values))


def compared[T](work: Callable[[], T], reference: Reference, *, rounds: int = 3) -> Compared[T]:
    """Do some work so many times, the reference before and after each; return the medians and what was made last."""
    took = [_beside(work, reference)[:2] for _ in range(rounds - 1)]
    *last, made = _beside(work, reference)
    ratio, seconds, beside = _medians([*took, (last[0], last[1])])
    return Compared(seconds, beside, ratio, made)


def in_parts[T](works: Sequence[Callable[[], T]], references: Sequence[Reference]) -> Compared[list[T]]:
    """Do the parts of some work, each beside its own reference; return the seconds of all and the median of the ratios.

    Long work that can be parted should be: what else a machine does changes from second to second.
    """
    each = [_beside(work, reference) for work, reference in zip(works, references, strict=True)]
    ratio, seconds, beside = _medians([one[:2] for one in each])
    return Compared(seconds * len(each), beside * len(each), ratio, [made for _, _, made in each])


def timed[T](work: Callable[[], T]) -> tuple[float, T]:
    """Return the CPU seconds that some work takes, and what it made."""
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def _beside[T](work: Callable[[], T], reference: Reference) -> tuple[float, float, T]:
    before = reference.seconds()
    seconds, made = timed(work)
    return seconds, (before + reference.seconds()) / 2, made


def _medians(took: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Return the median of the ratios, of the work's seconds, and of the reference's."""
    return (
        statistics.median(seconds / beside for seconds, beside in took),
        statistics.median(seconds for seconds, _ in took),
        statistics.median(beside for _, beside in took),
    )


def _words(texts: Sequence[str]) -> None:
    for text in texts:
        _ = [line.split() for line in text.splitlines()]
