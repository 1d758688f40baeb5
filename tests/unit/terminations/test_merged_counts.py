"""What is known of pods of one name, of all that was kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from fleetscan.model import Severity
from fleetscan.model.death import ClusterPast, Death
from fleetscan.model.kubernetes import Ending
from fleetscan.model.observation import Observation
from fleetscan.terminations.merged_counts import PodRecords, pod_records, sources
from fleetscan.terminations.timeline import pod_timeline
from tests.fixtures.clusters import NOW, POD, ago, end, pod_event
from tests.fixtures.dead_pods import STARVING, affected, finding, report


def death(name: str = POD, *, at: float = 4, cluster: str = "live", ending: Ending = Ending.NODE_LOST) -> Death:
    """Return a death so many minutes ago."""
    return Death(
        cluster=cluster,
        end=replace(end(ending, ago(minutes=at), name=name), owner_kind="ReplicaSet", owner_name="shop"),
        found_at=NOW,
        died_at=ago(minutes=at),
        mark=str(at),
    )


def names(found: PodRecords) -> list[str]:
    """Return the pods of the timelines."""
    return [one.end.name for one in found.stories]


PAST = ClusterPast(deaths=(death("main-1", at=50), death("main-10", at=3), death("other", at=1)))


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        ("live/main", ["main-10", "main-1"]),
        ("live/main-1", ["main-1"]),
        ("live/main-10", ["main-10"]),
        ("live/shop", ["other", "main-10", "main-1"]),
        ("live/", ["other", "main-10", "main-1"]),
        ("dead/main", []),
    ],
)
def test_a_name_may_be_whole_or_begin_so_or_be_the_owner_s(pod: str, expected: list[str]) -> None:
    """The latest death first; a pod of just that name is the one that is meant."""
    assert names(pod_records(pod, "", PAST, None)) == expected


def test_a_cluster_may_be_named() -> None:
    """Two clusters may have a pod of the same name."""
    past = ClusterPast(deaths=(death(), death(cluster="staging", at=9)))

    assert [one.cluster for one in pod_records(f"live/{POD}", "staging", past, None).stories] == ["staging"]


def test_what_table_and_report_both_have_is_reported_once() -> None:
    """The table knows more; the report has what the table does not."""
    kept = death()
    again = replace(pod_timeline(kept), links=pod_timeline(kept).links[:1])
    other = pod_timeline(death(at=500))
    reported = replace(report(), stories=(again, other))

    assert pod_records(f"live/{POD}", "", ClusterPast(deaths=(kept,)), reported).stories == (pod_timeline(kept), other)


def test_the_events_of_these_pods_are_there_too() -> None:
    """Once each, oldest first, of the cluster that was asked for."""
    own, same = pod_event("Evicted", ago(minutes=3)), pod_event("FailedScheduling", ago(minutes=9))
    strange = pod_event("Evicted", ago(minutes=3), name="stranger")
    past = ClusterPast(events={"live": (own, strange), "staging": (pod_event("Preempted", ago(minutes=1)),)})
    found = pod_records(f"live/{POD}", "live", past, report(events=[own, same]))

    assert found == PodRecords(events=(same, own))
    assert found.is_known
    assert not pod_records("live/nobody", "", past, None).is_known


def test_events_of_a_pod_that_is_named_in_full_are_its_own() -> None:
    """Not those of ``main-10`` beside those of ``main-1``."""
    own, other = (pod_event("Evicted", ago(minutes=3), name=name) for name in ("main-1", "main-10"))
    past = ClusterPast(events={"live": (own, other)})

    assert pod_records("live/main-1", "", past, None).events == (own,)
    assert pod_records("live/main", "", past, None).events == (own, other)


def test_pods_that_are_there_are_known_with_their_node() -> None:
    """Of all whose name begins so, but for those whose death is reported; of the cluster that was asked for."""
    last = report(affected(None, STARVING, finding(), pods=["live/main-1", "live/main-2", "weave/agent"]))
    expected = Observation(
        pod="live/main-2",
        cluster="live",
        node="ip-10-0-37-118",
        at=NOW,
        severity=Severity.CRITICAL,
        rules=("slab_unreclaimable_high",),
    )

    assert pod_records("live/main", "live", PAST, last).seen == (expected,)
    assert pod_records("live/main-2", "", PAST, last) == PodRecords(seen=(expected,))
    assert pod_records("live/main-2", "staging", PAST, last) == PodRecords()


def test_pods_on_the_worst_nodes_are_reported_first() -> None:
    """The next to die may be among them."""
    healthy = replace(affected(None, pods=["live/main-1"]), findings=())
    last = report(healthy, affected(None, pods=["live/main-2"]))

    assert [one.pod for one in pod_records("live/main", "", ClusterPast(), last).seen] == ["live/main-2", "live/main-1"]


def test_where_was_looked_is_said() -> None:
    """Nowhere is an answer too."""
    assert sources("", None) == []
    assert sources("memory", replace(report(), started_at=NOW - timedelta(hours=4))) == [
        "table memory",
        "the report of 2026-01-15 02:05 UTC on this machine",
    ]
