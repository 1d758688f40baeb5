"""Several clusters, little time, and whatever goes wrong on the way: a view for each, and never an error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from lightkube.models.core_v1 import Node as ApiNode
from msgspec import convert

from fleetscan.errors import AccessError, ClusterError
from fleetscan.kubernetes.questions import NODES, QUESTIONS, Question, pods_of
from fleetscan.kubernetes.reader import (
    MOST_LOST_NODES,
    NOT_ALL_ENDS,
    NOT_ALL_EVENTS,
    NOT_ITS_PODS,
    ApiClusterReader,
)
from fleetscan.model import Node
from fleetscan.model.kubernetes import ClusterView, NodeView
from fleetscan.ports import ClusterEndpoint
from simulator.kubernetes.rights import Right, of_the_project

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """Clusters that are asked without a network. Each question takes ``seconds``."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    refusals: dict[str, Exception] = field(default_factory=dict)
    """Of clusters that cannot even be found."""
    broken: dict[str, Exception] = field(default_factory=dict)
    """Of lists, by their kind or what they are called."""
    now: float = AT.timestamp()
    seconds: float = 0.0
    deadlines: dict[str, float] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)
    opened: str = ""

    def endpoint(self, cluster: str) -> ClusterEndpoint:
        """Return where a cluster is, or refuse."""
        if cluster in self.refusals:
            raise self.refusals[cluster]
        self.opened = cluster
        return ClusterEndpoint(url=f"https://{cluster}.invalid", authority_pem="PEM")

    def token(self, cluster: str) -> str:
        """Return a token."""
        return f"for {cluster}"

    @contextmanager
    def connect(self, endpoint: ClusterEndpoint, token: Callable[[], str], deadline: float) -> Iterator[World]:
        """Open a cluster."""
        assert endpoint.url == f"https://{self.opened}.invalid"
        assert token() == f"for {self.opened}"
        self.deadlines[self.opened] = deadline
        yield self

    def objects(self, question: Question, *, is_paged: bool) -> Iterable[Any]:
        """Yield what a list holds."""
        assert is_paged is not question.is_cached
        self.now += self.seconds
        self.asked.append(question)
        if error := self.broken.get(question.kind) or self.broken.get(question.what):
            raise error
        return self.answers.get(question.kind, [])

    @property
    def reader(self) -> ApiClusterReader:
        """A reader of this world."""
        return ApiClusterReader(self, self.connect, lambda: self.now)

    def views(self, *clusters: str, seconds: float = 60.0) -> tuple[ClusterView, ...]:
        """Return the views of a node of each cluster."""
        nodes = [Node(instance_id=f"i-{at}", cluster=cluster) for at, cluster in enumerate(clusters)]
        return self.reader.views(nodes, deadline=self.now + seconds)


def api_node(name: str, ready: str = "True", since: str | None = None) -> ApiNode:
    """Return a node."""
    condition = {"type": "Ready", "status": ready} | ({"lastTransitionTime": since} if since else {})
    return convert({"metadata": {"name": name}, "status": {"conditions": [condition]}}, ApiNode)


def test_each_cluster_has_one_view_by_name() -> None:
    """However many nodes it has; a node of no cluster asks nobody."""
    expected = tuple(ClusterView(cluster=name, at=AT, are_daemonsets_whole=True) for name in ("batch", "live"))

    assert expected == World().views("live", "batch", "live", "")


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            AccessError("AWS refused eks:DescribeCluster on cluster a (no)"),
            "AWS refused eks:DescribeCluster on cluster a (no)",
        ),
        (ClusterError("The cluster's status in EKS is CREATING: its API is not queried."),) * 2,
        (
            ValueError("\x1b[31mboom"),
            "The endpoint of the cluster's API could not be determined: ValueError: ?[31mboom.",
        ),
    ],
)
def test_a_cluster_that_cannot_be_found_is_reported_and_the_next_is_asked(refusal: Exception, expected: object) -> None:
    """Nothing is raised."""
    a, b = World(refusals={"a": refusal}).views("a", "b")

    assert a == ClusterView(cluster="a", at=AT, problems=(str(expected),), is_answered=False)
    assert b == ClusterView(cluster="b", at=AT, are_daemonsets_whole=True)


def test_the_time_that_is_left_is_shared_among_the_clusters_that_are_left() -> None:
    """What one does not need is the next one's; one that is slow does not take the others' share."""
    world = World(seconds=1.0)
    started = world.now
    world.views("a", "b", "c", seconds=60.0)
    expected = {"a": 20.0, "b": 6.0 + 54.0 / 2, "c": 60.0}

    assert expected == {cluster: deadline - started for cluster, deadline in world.deadlines.items()}


def test_without_time_a_cluster_is_not_begun() -> None:
    """And the view says so."""
    (view,) = World().views("a", seconds=1.0)
    expected = ClusterView(
        cluster="a", at=AT, problems=("The scan had no time left to query this cluster's API.",), is_answered=False
    )

    assert expected == view


def test_only_so_many_lost_nodes_are_asked_for_their_pods() -> None:
    """A zone that is gone is two hundred nodes; the rest is counted."""
    world = World(answers={"Node": [api_node(f"n{at:02}", "Unknown") for at in range(MOST_LOST_NODES + 2)]})
    (view,) = world.views("a")
    expected = [pods_of(f"n{at:02}") for at in range(MOST_LOST_NODES)]

    assert expected == world.asked[len(QUESTIONS) :]
    assert view.problems == ("The pods of 2 further NotReady nodes were not listed.",)


def test_what_was_not_read_to_its_end_is_not_taken_for_nothing() -> None:
    """No event and no end in a list that broke off is another thing than none: each node says what is missing of it."""
    world = World(
        answers={"Node": [api_node("lost", "Unknown"), api_node("well")]},
        broken={"Event": ValueError("boom"), "Pod": ValueError("boom")},
    )
    (view,) = world.views("a")
    expected = [(NOT_ALL_EVENTS, NOT_ALL_ENDS)] * 2

    assert view.are_nodes_whole
    assert expected == [(one.why_no_events, one.why_no_ends) for one in view.nodes]


def test_the_pods_of_a_lost_node_are_its_own() -> None:
    """Where they cannot be asked for, nothing is missing of the other nodes; without a list of nodes none is known."""
    world = World(
        answers={"Node": [api_node("lost", "Unknown"), api_node("well")]},
        broken={"pods on lost": ValueError("boom")},
    )
    (view,) = world.views("a")
    (unread,) = World(broken={"Node": ValueError("boom")}).views("a")
    (strange,) = World(answers={"Node": [api_node("well"), api_node("odd", since="0001-01-01T00:00:00Z")]}).views("a")

    assert [(one.why_no_events, one.why_no_ends) for one in view.nodes] == [("", NOT_ITS_PODS), ("", "")]
    assert (unread.nodes, unread.are_nodes_whole, unread.is_answered) == ((), False, True)
    assert ([one.name for one in strange.nodes], strange.are_nodes_whole) == (["well"], False)


def test_a_node_that_does_not_say_whether_it_is_ready_is_not_lost() -> None:
    """It has just been made; nobody knows anything of it."""
    world = World(answers={"Node": [convert({"metadata": {"name": "new"}}, ApiNode), api_node("well")]})
    (view,) = world.views("a")

    assert view.nodes == (NodeView(name="new", at=AT), view.nodes[1])
    assert len(world.asked) == len(QUESTIONS)


def test_pods_of_nodes_that_could_not_be_asked_are_absent() -> None:
    """Not empty: a node without pods and a node that nobody asked are two things."""
    world = World(refusals={"gone": ValueError("boom")})

    assert world.reader.pods("gone", ["n1"], deadline=world.now + 60) == {}
    assert world.reader.pods("live", [], deadline=world.now + 60) == {}
    assert set(world.reader.pods("live", ["n1", "n2", "n1"], deadline=world.now + 60)) == {"n1", "n2"}
    assert world.asked == [pods_of("n1"), pods_of("n2")]


def test_the_manifest_allows_each_question_and_nothing_else() -> None:
    """List for what is asked; get beside it, which reads no more than a list does."""
    expected = {
        Right(subject="fleetscan", verb=verb, api_group=one.group, resource=one.resource, namespace=one.namespace)
        for one in (*QUESTIONS, pods_of("node-1"))
        for verb in ("get", "list")
    }

    assert expected == of_the_project()


def test_the_client_is_imported_only_when_a_cluster_is_asked() -> None:
    """Whoever does not ask pays nothing for it."""
    program = (
        "import sys; import fleetscan.kubernetes.reader; print({'lightkube', 'httpx2', 'msgspec'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "set()"
    assert NODES in QUESTIONS
