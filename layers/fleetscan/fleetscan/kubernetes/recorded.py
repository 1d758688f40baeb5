"""What API servers sent, kept while a scan asks them, and told again by a recording in their place.

Both stand where a session does, so a recording goes through the same code as the live API.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from fleetscan.errors import ClusterError
from fleetscan.kubernetes.listing import Objects
from fleetscan.kubernetes.questions import Question
from fleetscan.kubernetes.reader import ApiClusterReader
from fleetscan.model.recording import RecordedList
from fleetscan.ports import Clock, ClusterEndpoint
from fleetscan.storage.api_object import pruned

type Lists = Mapping[str, RecordedList]
"""Resource -> list."""

_NODE_NAME = "spec.nodeName"


class Tape:
    """Keeps the objects of every list while they are read."""

    def __init__(self) -> None:
        self._heard: dict[tuple[str, Question], tuple[list[Mapping[str, Any]], bool]] = {}

    def listening(self, cluster: str, objects: Objects) -> Objects:
        """Return what asks the same, and is kept."""

        def heard(question: Question, *, is_paged: bool) -> Iterator[Any]:
            items: list[Mapping[str, Any]] = []
            # A list that is begun anew replaces what was read of it before.
            self._heard[cluster, question] = (items, False)
            for one in objects(question, is_paged=is_paged):
                items.append(pruned(question.resource, one.to_dict()))
                yield one
            self._heard[cluster, question] = (items, True)

        return heard

    def clusters(self) -> Mapping[str, Lists]:
        """Return cluster -> lists, what several questions brought of one resource together and each object once."""
        items: dict[tuple[str, str], dict[object, Mapping[str, Any]]] = defaultdict(dict)
        broken: set[tuple[str, str]] = set()
        nodes: dict[str, list[str]] = defaultdict(list)
        for (cluster, question), (found, is_whole) in self._heard.items():
            place = cluster, question.resource
            # A failed pod is on the list of failed pods and on that of its node; other lists have nothing in common.
            is_pod = question.resource == "pods"
            items[place] |= {_identity(one) if is_pod else (question, at): one for at, one in enumerate(found)}
            node = dict(question.selector).get(_NODE_NAME)
            if node is None and not is_whole:
                broken.add(place)
            if node is not None and is_whole:
                nodes[cluster].append(node)
        clusters: dict[str, dict[str, RecordedList]] = defaultdict(dict)
        for (cluster, resource), several in items.items():
            clusters[cluster][resource] = RecordedList(
                items=tuple(several.values()),
                is_whole=(cluster, resource) not in broken,
                nodes_asked=tuple(nodes[cluster]) if resource == "pods" else None,
            )
        return clusters


class RecordedAnswers:
    """The lists of one cluster: stands in the place of a session."""

    def __init__(self, cluster: str, lists: Lists) -> None:
        self._cluster = cluster
        self._lists = lists

    def objects(self, question: Question, *, is_paged: bool) -> Iterable[Any]:
        """Yield the objects of a list that the question is about; ClusterError where the recording lacks them."""
        del is_paged
        held = self._lists.get(question.resource)
        if held is None:
            raise ClusterError(f"kubernetes/{self._cluster}/{question.resource}.json is not in the recording")
        if held.problem:
            raise ClusterError(held.problem)
        wanted = dict(question.selector)
        if held.nodes_asked is not None and wanted.get(_NODE_NAME, "") not in {"", *held.nodes_asked}:
            raise ClusterError("the scan that was recorded did not ask for them")
        kind = _kinds()[question.kind]
        for item in held.items:
            if all(_at(item, path) == value for path, value in wanted.items()) and not any(
                _at(item, path) in set(values) for path, values in question.without
            ):
                yield kind.from_dict(item)
        if not held.is_whole:
            raise ClusterError("the recording holds only a part of it")


class RecordedAccess:
    """The way to a recorded cluster: none, where the recording has no folder of it."""

    def __init__(self, clusters: Mapping[str, Lists]) -> None:
        self._clusters = clusters

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return the cluster's name in the place of its address."""
        if cluster not in self._clusters:
            raise ClusterError(f"kubernetes/{cluster} is not in the recording.")
        return ClusterEndpoint(url=cluster, authority_pem="")

    def token(self, cluster: str) -> str:
        """Return nothing: a recording asks nobody."""
        del cluster
        return ""


def recorded_clusters(clusters: Mapping[str, Lists], clock: Clock) -> ApiClusterReader:
    """Return what reads recorded clusters as the API's are read."""

    def connect(
        endpoint: ClusterEndpoint, token: Callable[[], str], deadline: float
    ) -> AbstractContextManager[RecordedAnswers]:
        del token, deadline
        return nullcontext(RecordedAnswers(endpoint.url, clusters[endpoint.url]))

    return ApiClusterReader(RecordedAccess(clusters), connect, clock)


def _kinds() -> Mapping[str, Any]:
    # 0.2 s that nobody pays who has no recorded cluster.
    from fleetscan.kubernetes.session import KINDS  # noqa: PLC0415

    return KINDS


def _identity(item: Mapping[str, Any]) -> object:
    metadata = item.get("metadata") or {}
    return tuple(metadata.get(one) for one in ("namespace", "name", "uid"))


def _at(item: Mapping[str, Any], path: str) -> object:
    value: Any = item
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None
