"""The queries to one cluster: errors become sentences, and querying stops once the cluster is unreachable."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fleetscan.kubernetes.errors import denied, sentence
from fleetscan.kubernetes.listing import Listed, Objects, listed
from fleetscan.kubernetes.questions import Question
from fleetscan.ports import ClusterEndpoint


class ClusterQuery:
    """The queries to one cluster, their errors, and whether it responded at all."""

    def __init__(self, cluster: str, endpoint: ClusterEndpoint, objects: Objects) -> None:
        self.cluster = cluster
        self.problems: list[str] = []
        self.is_answered = False
        self._objects = objects
        self._explain = partial(sentence, cluster=cluster, endpoint=endpoint)
        self._is_lost = False
        self._denied: list[Question] = []
        self._unasked: list[str] = []

    def ask[V](
        self,
        question: Question,
        keep: Callable[[Any], V | None],
        *,
        most: int,
        order: Callable[[V], Any] | None = None,
    ) -> Listed[V]:
        """Return the values of one list, as far as it could be read; nothing once the cluster is unreachable.

        A resource that was denied is not requested again. All denials are reported in one sentence, as one manifest
        grants them all.
        """
        if self._is_lost:
            self._unasked.append(question.what)
            return Listed(is_complete=False)
        if any(question.resource == one.resource for one in self._denied):
            return Listed(is_complete=False)
        found = listed(self._objects, question, keep, most=most, order=order, explain=self._explain)
        if found.is_denied:
            self._denied.append(question)
        elif found.problem:
            self.problems.append(found.problem)
        self._is_lost = found.is_cluster_lost
        self.is_answered = self.is_answered or found.is_complete or bool(found.values)
        return found

    def problem_sentences(self) -> tuple[str, ...]:
        """Return one sentence per error, and one for the lists that were not requested after it."""
        problems = [*([denied(self._denied)] if self._denied else []), *self.problems]
        if not self._unasked or not self.is_answered:
            return tuple(problems)
        return (*problems, f"Not requested after that: {', '.join(self._unasked)}.")
