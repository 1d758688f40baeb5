"""One cluster being asked: a question that fails is told in a sentence, and when nobody is there no more is asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fleetscan.kubernetes.errors import denied, sentence
from fleetscan.kubernetes.listing import Listed, Objects, listed
from fleetscan.kubernetes.questions import Question
from fleetscan.ports import ClusterEndpoint


class ClusterQuery:
    """The questions to one cluster, what went wrong with them, and whether it answered at all."""

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
        """Return what one list holds, as far as it could be read; nothing once the cluster is lost.

        What is denied once is denied for every list of the same resource, so it is not asked for again; all that is
        denied is told in one sentence, for one manifest allows it.
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
        """Return one sentence for each thing that went wrong, and one for what was not even asked for after it."""
        problems = [*([denied(self._denied)] if self._denied else []), *self.problems]
        if not self._unasked or not self.is_answered:
            return tuple(problems)
        return (*problems, f"Not asked for after that: {', '.join(self._unasked)}.")
