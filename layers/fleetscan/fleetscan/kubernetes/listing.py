"""Reads a list object by object and keeps a bounded number of values, the newest ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from fleetscan.kubernetes.errors import is_denied, is_gone, is_too_large, is_whole_cluster
from fleetscan.kubernetes.questions import Question
from fleetscan.quantities import count, counted
from fleetscan.storage.sane import is_sane


class Objects(Protocol):
    """Yields the objects of a list."""

    def __call__(self, question: Question, *, is_paged: bool) -> Iterable[Any]:
        """Yield them, in pages or at once; errors are raised, also in the middle."""


type Explain = Callable[[Exception, Question, int], str]
"""Returns why a list was not read to its end, given the number of values read."""


@dataclass(slots=True, kw_only=True)
class Listed[V]:
    """The values kept of one list, and its error."""

    values: list[V] = field(default_factory=list)
    left_out: int = 0
    invalid: int = 0
    """Objects with an invalid time (no zone, other century) or number (not finite): not among the values."""
    problem: str = ""
    is_complete: bool = True
    """Whether it was read to its end; False also if it was not requested."""
    is_denied: bool = False
    """Whether RBAC denied it."""
    is_cluster_lost: bool = False
    """Whether every other list of the cluster would fail as well."""


def listed[V](
    objects: Objects,
    question: Question,
    keep: Callable[[Any], V | None],
    *,
    most: int,
    order: Callable[[V], Any] | None = None,
    explain: Explain,
) -> Listed[V]:
    """Read one list to its end and keep at most ``most`` values of it: the last by ``order``, else the first.

    Never raises: what was read before an error is kept, with a sentence by ``explain``. A list whose continue token
    expired (410) is restarted once; a response that is too large is requested in pages.
    """
    is_paged = not question.is_cached
    is_restarted = False
    while True:
        found: Listed[V] = Listed()
        try:
            for value in _kept(objects(question, is_paged=is_paged), keep):
                if not is_sane(value):
                    found.invalid += 1
                    continue
                found.values.append(value)
                if len(found.values) > 2 * most:
                    _shorten(found, most, order)
        except Exception as error:  # noqa: BLE001 - whatever one list raises, the others are still read
            if is_gone(error) and not is_restarted:
                is_restarted = True
                continue
            if is_too_large(error) and not is_paged:
                is_paged = True
                continue
            found.is_complete = False
            found.is_denied = is_denied(error)
            found.is_cluster_lost = is_whole_cluster(error)
            found.problem = explain(error, question, len(found.values) + found.left_out)
        _shorten(found, most, order)
        if found.left_out and not found.problem:
            found.problem = (
                f"Of the list of {question.what}, {count(most)} are kept and "
                f"{counted(found.left_out, 'more is', 'more are')} left out."
            )
        if found.invalid and not found.problem:
            invalid = counted(found.invalid, "object has", "objects have")
            found.problem = f"Of the list of {question.what}, {invalid} invalid times or numbers: left out."
        return found


def _kept[V](objects: Iterable[Any], keep: Callable[[Any], V | None]) -> Iterator[V]:
    for one in objects:
        value = keep(one)
        if value is not None:
            yield value


def _shorten[V](found: Listed[V], most: int, order: Callable[[V], Any] | None) -> None:
    if order is not None:
        found.values.sort(key=order)
    surplus = len(found.values) - most
    if surplus > 0:
        found.left_out += surplus
        found.values[:] = found.values[surplus:] if order is not None else found.values[:most]
