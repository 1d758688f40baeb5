"""What an API server said, recorded: played again it is the same view, and what was not asked is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from fleetscan.errors import ClusterError
from fleetscan.kubernetes.questions import DAEMONSETS, FAILED_PODS, NODE_EVENTS, POD_EVENTS, Question, pods_of
from fleetscan.kubernetes.reader import ApiClusterReader
from fleetscan.kubernetes.recorded import RecordedAnswers, Tape, recorded_clusters
from fleetscan.kubernetes.session import KINDS
from fleetscan.model import Node
from fleetscan.model.recording import RecordedList
from fleetscan.ports import ClusterEndpoint
from tests.fuzz.api_objects import OBJECTS, SOMEBODY

AT = datetime(2026, 1, 6, 12, tzinfo=UTC).timestamp()
NODES = [Node(instance_id=SOMEBODY, cluster="live")]
NAME = "ip-10-0-0-1.compute.internal"


class Server:
    """An API server that has the objects, and breaks in the middle of some lists."""

    def __init__(self, broken: tuple[str, ...] = ()) -> None:
        self._broken = broken
        recorded = {"nodes": "Node", "leases": "Lease", "events": "Event", "daemonsets": "DaemonSet", "pods": "Pod"}
        lists = {resource: RecordedList(items=tuple(OBJECTS[kind])) for resource, kind in recorded.items()}
        self._answers = RecordedAnswers("live", lists)

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return where it is."""
        return ClusterEndpoint(url=cluster, authority_pem="")

    def token(self, cluster: str) -> str:
        """Return a token."""
        return cluster

    @contextmanager
    def connect(self, endpoint: ClusterEndpoint, token: Callable[[], str], deadline: float) -> Iterator[Server]:
        """Open it."""
        del endpoint, token, deadline
        yield self

    def objects(self, question: Question, *, is_paged: bool) -> Iterable[Any]:
        """Yield what a list holds."""
        yield from self._answers.objects(question, is_paged=is_paged)
        if question.what in self._broken:
            raise ClusterError("it broke")


def clock() -> float:
    """Return the one time of everything here."""
    return AT


def on_tape(*broken: str, names: tuple[str, ...] = (NAME,)) -> tuple[ApiClusterReader, Mapping[str, Any]]:
    """Ask a server everything; return the reader, and what is on the tape."""
    tape, server = Tape(), Server(broken)
    reader = ApiClusterReader(server, server.connect, clock, listener=tape)
    reader.views(NODES, deadline=AT + 60)
    reader.pods("live", names, deadline=AT + 60)
    return reader, tape.clusters()


def test_the_view_and_the_pods_are_the_same() -> None:
    """Of every kind of object, with nothing but the fields that are kept."""
    reader, clusters = on_tape()
    again = recorded_clusters(clusters, clock)

    assert again.views(NODES, deadline=AT + 60) == reader.views(NODES, deadline=AT + 60)
    assert again.pods("live", [NAME], deadline=AT + 60) == reader.pods("live", [NAME], deadline=AT + 60)
    assert len(again.pods("live", [NAME], deadline=AT + 60)[NAME].pods) == 1


def test_an_object_is_kept_once() -> None:
    """A failed pod is among all failed ones and among its node's."""
    _, clusters = on_tape()

    assert len(clusters["live"]["pods"].items) == len(OBJECTS["Pod"])
    assert len(clusters["live"]["events"].items) == len(OBJECTS["Event"])


def test_pods_of_a_node_that_was_not_asked_are_not_known() -> None:
    """No pod in the recording is not no pod on the node."""
    _, clusters = on_tape(names=())

    assert recorded_clusters(clusters, clock).pods("live", ["ip-9"], deadline=AT + 60) == {}


@pytest.mark.parametrize("question", [NODE_EVENTS, POD_EVENTS, DAEMONSETS, FAILED_PODS, pods_of(NAME)])
def test_a_list_that_broke_is_no_whole_one(question: Question) -> None:
    """What was read of it is reported; that it is not all of it, too."""
    _, clusters = on_tape(question.what)
    answers = RecordedAnswers("live", clusters["live"])

    with pytest.raises(ClusterError):
        list(answers.objects(question, is_paged=False))


def test_every_kind_of_question_has_a_resource_that_is_kept() -> None:
    """A new list must say which of its fields a recording keeps."""
    from fleetscan.storage.api_object import FIELDS  # noqa: PLC0415 - one test's

    assert {Question(kind=kind, what="").resource for kind in KINDS} == set(FIELDS)  # type: ignore[arg-type]


def test_a_cluster_without_a_folder_is_not_answered() -> None:
    """For that reason."""
    (view,) = recorded_clusters({}, clock).views(NODES, deadline=AT + 60)

    assert not view.is_answered
    assert view.problems == ("kubernetes/live is not in the recording.",)
