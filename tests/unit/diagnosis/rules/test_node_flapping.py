"""The rule node_flapping."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.rules.node_flapping import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import ClusterEvent
from tests.fixtures.clusters import ago, node_event, view
from tests.fixtures.windows import one_sample


def node(*events: ClusterEvent) -> Window:
    """Return a node with these events, ready at the moment."""
    return one_sample(view(events=events))


def test_it_fires_at_the_third_time_within_a_quarter_of_an_hour() -> None:
    """Whatever came between; that it is ready now says nothing."""
    window = node(
        node_event("NodeNotReady", ago(minutes=14)),
        node_event("NodeReady", ago(minutes=13)),
        node_event("NodeNotReady", ago(minutes=9)),
        node_event("NodeReady", ago(minutes=8)),
        node_event("NodeNotReady", ago(minutes=3)),
        node_event("NodeReady", ago(minutes=2)),
    )
    expected = Evidence(
        severity=Severity.WARNING,
        text="NotReady 3 times within 15 min (threshold 3), the last time at 06:02:00 UTC",
        measured=3.0,
        limit=3.0,
    )

    assert expected == check(window)


def test_repeated_events_that_kubernetes_counts_in_one_are_counted() -> None:
    """Where the first and the last of them are recent."""
    counted = replace(node_event("NodeNotReady", ago(minutes=1), count=4), first_at=ago(minutes=12))
    evidence = check(node(counted))

    assert evidence is not None
    assert evidence.measured == 4.0


def test_one_change_that_two_have_reported_is_one() -> None:
    """The kubelet and the node controller both write an event where the kubelet says it itself."""
    twice = (
        replace(node_event("NodeNotReady", ago(minutes=minute), uid=f"{source}-{minute}"), source=source)
        for minute in (9, 3)
        for source in ("kubelet", "node-controller")
    )

    assert check(node(*twice)) is None


@pytest.mark.parametrize(
    "events",
    [
        (node_event("NodeNotReady", ago(minutes=14)), node_event("NodeNotReady", ago(minutes=3))),
        (
            node_event("NodeNotReady", ago(minutes=15)),
            node_event("NodeNotReady", ago(minutes=9)),
            node_event("NodeNotReady", ago(minutes=3)),
        ),
        (replace(node_event("NodeNotReady", ago(minutes=1), count=40), first_at=ago(hours=20)),),
        (replace(node_event("NodeNotReady", ago(minutes=1), count=40), first_at=None),),
        tuple(node_event("NodeReady", ago(minutes=minute)) for minute in range(5)),
        (),
    ],
    ids=["twice", "one too old", "spread over a day", "nobody knows since when", "only ready", "nothing"],
)
def test_less_is_healthy(events: tuple[ClusterEvent, ...]) -> None:
    """Two times; three within more than a quarter of an hour; a count of which nobody knows how much of it is late."""
    assert check(node(*events)) is None


def test_missing_evidence_is_not_healthy() -> None:
    """Where Kubernetes was not asked."""
    with pytest.raises(AbsentError, match="NodeView"):
        check(one_sample())


def test_events_that_could_not_be_read_are_not_none() -> None:
    """Nothing seen is then not well; what was seen, or is remembered, counts nevertheless."""
    unread = replace(view(), why_no_events="the events of nodes could not all be read")
    seen = tuple(node_event("NodeNotReady", ago(minutes=minute)) for minute in (3, 6, 9))

    with pytest.raises(AbsentError, match="the events of nodes could not all be read"):
        check(one_sample(unread))
    assert check(one_sample(replace(unread, events=seen))) == check(node(*seen))
