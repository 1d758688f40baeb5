"""What a scan asks of Kubernetes, and what it makes of the answers, with a fake at the port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fleetscan.errors import AccessError
from fleetscan.model import CaptureStatus, Coverage, Diagnosis, Node, Severity
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.finding import Evidence, Finding
from fleetscan.model.in_cluster import NOT_ASKED, PODS_NOT_ASKED, InCluster, ListedDaemonSets
from fleetscan.model.kubernetes import ClusterView, Ending, NodeView, ScheduledPods, Status
from fleetscan.scan.cluster_evidence import POD_SECONDS, Answers, ask_clusters, ask_for_pods, has_problem
from tests.fixtures.clusters import (
    AFFECTED,
    NOW,
    FakeClusterMemory,
    FakeClusters,
    ago,
    daemonset,
    end,
    node_event,
    ready,
    view,
)

DEADLINE = NOW.timestamp() + 60
REFUSED = "the API of live refused to list nodes; bind the ClusterRole"


def node(number: int, *, name: str = "", cluster: str = "live", minutes: float = 600) -> Node:
    """Return a worker that was launched so long ago."""
    return Node(
        instance_id=f"i-{number}",
        cluster=cluster,
        private_dns_name=name or f"ip-{number}",
        launched_at=ago(minutes=minutes),
    )


def cluster(*views: NodeView, name: str = "live", **fields: object) -> ClusterView:
    """Return what the API of a cluster said."""
    return ClusterView(cluster=name, at=NOW, nodes=views, **fields)  # type: ignore[arg-type]  # by name


def ask(nodes: Sequence[Node], *views: ClusterView, memory: FakeClusterMemory | None = None) -> Answers:
    """Ask clusters that say this."""
    return ask_clusters(FakeClusters(views), memory, nodes, now=NOW, deadline=DEADLINE)


class TestViews:
    """Every cluster once, before the nodes are evaluated."""

    def test_a_node_is_known_by_its_instance_id_else_by_its_name(self) -> None:
        """Of which the first is the surer one."""
        by_id, by_name = view("renamed", instance_id="i-1"), view("ip-2")
        answers = ask([node(1), node(2)], cluster(by_id, by_name))

        assert answers.of("i-1").view == by_id
        assert answers.of("i-2").view == by_name
        assert answers.notes == ()

    def test_who_claims_to_be_another_s_instance_is_not_believed(self) -> None:
        """A node writes its own provider id when it joins: it must not hide what Kubernetes says of another."""
        own, claimed = view("ip-1", instance_id="i-1"), view("evil", instance_id="i-1")
        answers = ask([node(1), node(2, name="ip-2")], cluster(own, claimed))

        assert answers.of("i-1").view == own
        assert answers.of("i-2").view is None

    def test_the_views_of_a_report_are_without_their_nodes(self) -> None:
        """Which are in their diagnoses; what changed of them is among the events."""
        silent = view("ip-1", condition=ready(Status.UNKNOWN, ago(minutes=6)))
        (found,) = ask([node(1)], cluster(silent, daemonsets=(daemonset(),))).views

        assert found.nodes == ()
        assert found.daemonsets == (daemonset(),)
        assert [one.reason for one in found.events] == ["NodeNotReady"]

    def test_what_is_remembered_of_a_node_is_joined(self) -> None:
        """Its own events, and the ends of pods that were on it, though no event says that any more."""
        was = node_event("NodeNotReady", ago(hours=4), name="ip-1")
        lost = end(Ending.NODE_LOST, ago(hours=3, minutes=55), node="")
        death = Death(cluster="live", end=lost, found_at=NOW, died_at=NOW, mark="1", node="ip-1")
        other = replace(death, cluster="staging", end=replace(lost, name="other"))
        memory = FakeClusterMemory(
            {"live": {"a": was, "b": replace(was, uid="b", name="ip-9")}},
            {"1": death, "2": other},  # type: ignore[dict-item]
        )
        answers = ask([node(1)], cluster(view("ip-1")), memory=memory)
        found = answers.of("i-1").view

        assert found is not None
        assert found.events == (was,)
        assert found.ends == (replace(lost, node="ip-1"),)
        assert answers.is_history_loaded
        assert answers.past.deaths == (death, other)

    def test_an_end_without_a_time_is_as_old_as_the_scan_that_saw_it_first(self) -> None:
        """Else it stays "in the last hour" for as long as the pod lies there."""
        undated = end(Ending.EVICTED, None, node="ip-1", uid="u1")
        death = Death(cluster="live", end=undated, found_at=NOW, died_at=ago(hours=9), mark="1", node="ip-1")
        memory = FakeClusterMemory({}, {"1": death})  # type: ignore[dict-item]
        found = ask([node(1)], cluster(view("ip-1", ends=[undated])), memory=memory).of("i-1").view

        assert found is not None
        assert found.ends == (replace(undated, at=ago(hours=9)),)

    def test_that_daemonsets_were_listed_is_known_of_each_node(self) -> None:
        """Also of one that Kubernetes does not know."""
        answers = ask([node(1), node(2)], cluster(view("ip-1"), daemonsets=(daemonset(),)))
        listed = ListedDaemonSets(count=1)

        assert [listed, listed] == [answers.of(one).daemonsets for one in ("i-1", "i-2")]
        assert answers.of("i-2").why_no_view == "Kubernetes does not know this node in live"

        none = ask([node(1)], cluster(view("ip-1"))).of("i-1")
        assert (none.daemonsets, none.why_no_daemonsets) == (None, "the DaemonSets of live were not listed")
        whole = ask([node(1)], cluster(view("ip-1"), are_daemonsets_whole=True)).of("i-1")
        assert (whole.daemonsets, whole.why_no_daemonsets) == (None, "live has no DaemonSet at all")


class TestRefusals:
    """Optional evidence: a sentence each."""

    def test_without_access_one_sentence_says_how_to_allow_it(self) -> None:
        """And it is the reason of every rule that is skipped."""
        answers = ask_clusters(None, None, [node(1)], now=NOW, deadline=DEADLINE)

        assert answers == Answers(notes=(NOT_ASKED,))
        assert answers.of("i-1") == InCluster()

    def test_nobody_is_asked_about_no_node(self) -> None:
        """An empty fleet has no cluster."""
        reader = FakeClusters()

        assert ask_clusters(reader, None, [], now=NOW, deadline=DEADLINE) == Answers()
        assert reader.asked == []

    def test_a_reader_that_breaks_its_promise_costs_no_scan(self) -> None:
        """It never raises, and if it does."""
        reader = FakeClusters(error=AccessError("AWS refused eks:DescribeCluster"))
        answers = ask_clusters(reader, None, [node(1)], now=NOW, deadline=DEADLINE)
        reason = "Kubernetes was not queried: AccessError: AWS refused eks:DescribeCluster"

        assert answers.notes == (reason,)
        assert answers.of("i-1").why_no_view == reason

    def test_a_cluster_that_did_not_answer_says_why_for_its_nodes(self) -> None:
        """The other one is as ever."""
        views = (cluster(view("ip-1")), cluster(name="staging", problems=(REFUSED,), is_answered=False))
        answers = ask([node(1), node(2, cluster="staging")], *views)

        assert answers.notes == (f"staging: {REFUSED}",)
        assert answers.of("i-1").view is not None
        assert answers.of("i-2").why_no_view == f"staging: {REFUSED}"

    def test_a_cluster_that_answered_in_part_is_used_and_the_rest_reported(self) -> None:
        """Nodes but no events."""
        answers = ask([node(1)], cluster(view("ip-1"), problems=("events of live: refused",)))

        assert answers.notes == ("events of live: refused",)
        assert answers.of("i-1").view is not None

    def test_the_same_problem_of_two_clusters_is_reported_for_both(self) -> None:
        """Whoever mends it must know where."""
        views = tuple(cluster(name=name, problems=(REFUSED,), is_answered=False) for name in ("live", "staging"))

        assert ask([node(1)], *views).notes == (f"live: {REFUSED}", f"staging: {REFUSED}")

    def test_a_node_is_unknown_only_to_a_list_that_was_read_to_its_end(self) -> None:
        """Refused, or broken off in the middle: then nobody knows whether Kubernetes knows it."""
        parts = (
            cluster(view("ip-1"), problems=(REFUSED,), are_nodes_whole=False),
            cluster(name="staging", daemonsets=(daemonset(),), are_nodes_whole=False),
        )
        answers = ask([node(1), node(2), node(3, cluster="staging")], *parts)

        assert answers.of("i-1").view is not None
        assert answers.of("i-2").why_no_view == "the nodes of live could not all be read"
        assert answers.of("i-3").why_no_view == "the nodes of staging could not all be read"
        assert answers.notes == (f"live: {REFUSED}",)

    def test_a_past_that_cannot_be_read_is_reported_and_not_written_over(self) -> None:
        """What is kept already is not known."""
        memory = FakeClusterMemory(load_error=AccessError("AWS refused dynamodb:Query"))
        answers = ask([node(1)], cluster(view("ip-1")), memory=memory)

        assert answers.notes == (
            "Earlier events of Kubernetes were not loaded: AccessError: AWS refused dynamodb:Query",
        )
        assert not answers.is_history_loaded
        assert answers.past == ClusterPast(problems=answers.notes)


class TestStrangers:
    """Nodes that only one side knows."""

    def test_both_sides_are_reported(self) -> None:
        """A few names, and how many more."""
        seen = [view("ip-1"), *(view(f"ip-9{each}", instance_id=f"i-9{each}") for each in range(4))]
        notes = ask([node(1), node(2), node(3, minutes=14)], cluster(*seen)).notes

        assert notes == (
            "Kubernetes knows 4 nodes (ip-90, ip-91, ip-92 and 1 more) in live that EC2 does not show as workers",
            "EC2 runs 1 worker (i-2 (running for 10 h)) of live unknown to Kubernetes (not joined, or removed)",
        )

    def test_what_is_no_ec2_instance_is_not_an_unscanned_node(self) -> None:
        """Fargate, or a machine of one's own."""
        assert ask([node(1)], cluster(view("ip-1"), view("fargate-ip-10-0-1-1"))).notes == ()

    def test_a_cluster_that_reported_no_nodes_knows_of_none(self) -> None:
        """Refused is not empty."""
        assert ask([node(1)], cluster()).notes == ()


def diagnosis(
    number: int, severity: Severity | None = None, seen: NodeView | None = None, cluster_name: str = "live"
) -> Diagnosis:
    """Return a diagnosis with one finding of this severity."""
    evidence = None if severity is None else Evidence(severity=severity, text="", measured=1, limit=1)
    return Diagnosis(
        node=node(number, cluster=cluster_name),
        coverage=Coverage(status=CaptureStatus.ANSWERED),
        findings=() if evidence is None else (Finding(rule="r", title="t", remedy="", evidence=evidence),),
        kubernetes=seen or view(f"ip-{number}"),
    )


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (diagnosis(1), False),
        (diagnosis(1, Severity.INFO), False),
        (diagnosis(1, Severity.WARNING), True),
        (diagnosis(1, seen=view(condition=ready(Status.UNKNOWN))), True),
        (diagnosis(1, seen=view(events=[node_event("NodeReady", ago(minutes=59))])), True),
        (diagnosis(1, seen=view(events=[node_event("NodeReady", ago(minutes=60))])), False),
        (diagnosis(1, seen=view(ends=[end(Ending.EVICTED, ago(minutes=5))])), True),
        (diagnosis(1, seen=view(ends=[end(Ending.EVICTED)])), True),
        (replace(diagnosis(1, Severity.CRITICAL), kubernetes=None), False),
    ],
)
def test_a_node_is_asked_about_where_it_is_not_healthy(one: Diagnosis, *, expected: bool) -> None:
    """A warning, not ready, or something that just happened; and only where Kubernetes knows it."""
    assert has_problem(one) is expected


class TestPods:
    """The second question: long lists, so of few nodes."""

    PODS = ScheduledPods(at=NOW)

    def test_the_worst_are_asked_about_and_the_rest_is_said(self) -> None:
        """One call for each cluster, with what time there is at least."""
        reader = FakeClusters(pods_of={f"ip-{each}": self.PODS for each in range(9)})
        every = [
            diagnosis(1, Severity.WARNING),
            diagnosis(2, Severity.CRITICAL),
            diagnosis(3, Severity.CRITICAL, cluster_name="staging"),
            diagnosis(4),
        ]
        found, notes = ask_for_pods(reader, every, 2, clock=lambda: DEADLINE, deadline=DEADLINE)

        assert found == {"i-2": self.PODS, "i-3": self.PODS}
        assert notes == ("Kubernetes listed the pods of 2 of 3 nodes with problems, worst first.",)
        assert reader.asked == [("pods", "live", "ip-2"), ("pods", "staging", "ip-3")]
        assert reader.deadlines == [DEADLINE + POD_SECONDS] * 2

    def test_nodes_that_could_not_be_asked_about_are_counted(self) -> None:
        """Absent is not without pods."""
        found, notes = ask_for_pods(
            FakeClusters(), [diagnosis(1, Severity.CRITICAL)], 20, clock=lambda: 0.0, deadline=DEADLINE
        )

        assert (found, notes) == ({}, ("Kubernetes did not return the pods of 1 node of live.",))

    def test_a_refusal_is_a_note(self) -> None:
        """The others go on."""
        reader = FakeClusters(pods_error=AccessError("no"))
        found, notes = ask_for_pods(reader, [diagnosis(1, Severity.CRITICAL)], 20, clock=lambda: 0.0, deadline=DEADLINE)

        assert (found, notes) == ({}, ("The pods of 1 node of live were not listed: AccessError: no",))

    def test_a_healthy_fleet_costs_no_call(self) -> None:
        """Nor does one whose API may not be asked."""
        reader = FakeClusters()

        assert ask_for_pods(reader, [diagnosis(1)], 20, clock=lambda: 0.0, deadline=DEADLINE) == ({}, ())
        assert ask_for_pods(None, [diagnosis(1, Severity.CRITICAL)], 20, clock=lambda: 0.0, deadline=0) == ({}, ())
        assert reader.asked == []

    def test_ends_that_the_pods_report_are_the_node_s(self) -> None:
        """A container that was killed shows in its pod alone."""
        killed = end(Ending.OOM_KILLED, ago(minutes=2), node=AFFECTED, uid="u1")
        pods = ScheduledPods(at=NOW, ends=(killed,))
        answers = Answers(by_instance={"i-1": InCluster(view=view(), why_no_pods=PODS_NOT_ASKED)})

        found = answers.of("i-1", pods)
        assert found.view is not None
        assert found.view.ends == (killed,)
        assert found.pods == pods
        assert Answers().of("i-1", pods) == InCluster()
