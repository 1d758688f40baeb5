"""Events joined with those that are remembered: once each, bounded, and silences in the order of time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fleetscan.model.death import Silence
from fleetscan.model.kubernetes import ClusterEvent, Ending, Status
from fleetscan.terminations.events import (
    MOST_KEPT,
    MOST_NEW,
    MOST_OF_A_NODE,
    MOST_OF_A_SUBJECT,
    merged,
    silence_before,
    with_past,
    worth_keeping,
)
from tests.fixtures.clusters import AFFECTED, ago, end, node_event, pod_event, ready, view


class TestMerged:
    """The same event seen in two scans is one."""

    def test_the_latest_version_of_each_stays_oldest_first(self) -> None:
        """An event that happens again keeps its uid."""
        early = node_event("NodeNotReady", ago(minutes=30), uid="a")
        again = node_event("NodeNotReady", ago(minutes=5), uid="a", count=2)
        other = node_event("NodeReady", ago(minutes=20), uid="b")

        assert merged([early, other], [again]) == (other, again)
        assert merged([again], [early], [other]) == (other, again)

    def test_of_two_versions_of_one_time_the_higher_count_is_the_later(self) -> None:
        """Seconds are all that Kubernetes gives."""
        once, twice = (node_event("NodeNotReady", ago(minutes=5), uid="a", count=count) for count in (1, 2))

        assert merged([once], [twice]) == (twice,)
        assert merged([twice], [once]) == (twice,)

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50)), max_size=20))
    def test_whatever_comes_twice_is_there_once(self, seen: list[tuple[str, int]]) -> None:
        """Merging again changes nothing."""
        events = [node_event("NodeReady", ago(minutes=minutes), uid=uid) for uid, minutes in seen]
        once = merged(events)

        assert merged(once, events) == once
        assert len({one.uid for one in once}) == len(once)


class TestReadiness:
    """The condition is there when its event is gone."""

    def test_a_node_that_is_not_ready_has_an_event_of_it(self) -> None:
        """With the words of the condition."""
        silent = view(condition=ready(Status.UNKNOWN, ago(minutes=6)))
        (event,) = with_past(silent, (), ()).events

        assert event.reason == "NodeNotReady"
        assert event.at == ago(minutes=6)
        assert event.message == "NodeStatusUnknown: Kubelet stopped posting node status."
        assert event.uid == f"{AFFECTED}/NodeNotReady/{int(ago(minutes=6).timestamp())}"
        assert event.source == "node-controller"

    def test_an_event_that_reports_it_is_enough(self) -> None:
        """Written some seconds after the change."""
        reported = node_event("NodeNotReady", ago(minutes=6))
        silent = view(condition=ready(Status.UNKNOWN, ago(minutes=6, seconds=8)), events=[reported])

        assert with_past(silent, (), ()).events == (reported,)

    def test_that_it_is_ready_again_is_reported_only_after_it_was_not(self) -> None:
        """A node that has just joined has no such event."""
        back = view(condition=ready(Status.TRUE, ago(minutes=3)))
        before = node_event("NodeNotReady", ago(minutes=9))

        assert with_past(back, (), ()).events == ()
        assert [one.reason for one in with_past(back, [before], ()).events] == ["NodeNotReady", "NodeReady"]

    def test_an_old_change_is_none(self) -> None:
        """A day ago it may have been something else altogether."""
        assert with_past(view(condition=ready(Status.UNKNOWN, ago(hours=25))), (), ()).events == ()


class TestPast:
    """What is remembered of a node."""

    def test_ends_are_there_once_and_bounded(self) -> None:
        """What an event said without an id, the pod may say with it."""
        reported = end(Ending.NODE_LOST, ago(minutes=9))
        same = end(Ending.NODE_LOST, ago(minutes=9), uid="u1")
        many = [end(Ending.EVICTED, ago(minutes=8), name=f"pod-{number}") for number in range(MOST_OF_A_NODE)]

        assert with_past(view(ends=[same]), (), [reported]).ends == (same,)
        found = with_past(view(ends=[same]), (), many)
        assert len(found.ends) == MOST_OF_A_NODE
        assert found.not_listed == 1
        assert same not in found.ends

    def test_of_many_events_the_latest_stay(self) -> None:
        """The list is for people."""
        many = [node_event("NodeReady", ago(minutes=minute), uid=str(minute)) for minute in range(99)]

        assert [one.uid for one in with_past(view(), many, ()).events] == [
            str(minute) for minute in reversed(range(MOST_OF_A_NODE))
        ]


class TestSilence:
    """Order in time decides."""

    def test_a_death_within_it_or_shortly_after_falls_into_it(self) -> None:
        """A kubelet that is back learns of the deletion and carries it out."""
        node = view(events=[node_event("NodeNotReady", ago(minutes=20)), node_event("NodeReady", ago(minutes=10))])
        expected = Silence(
            begun_at=ago(minutes=20),
            ended_at=ago(minutes=10),
            reason=f"Node {AFFECTED} status is now: NodeNotReady",
        )

        assert silence_before(node, ago(minutes=15)) == expected
        assert silence_before(node, ago(minutes=1)) == expected
        assert silence_before(node, ago(minutes=20, seconds=30)) == expected

    def test_a_death_before_it_or_long_after_it_does_not(self) -> None:
        """What came later did not kill it."""
        node = view(events=[node_event("NodeNotReady", ago(minutes=40)), node_event("NodeReady", ago(minutes=30))])

        assert silence_before(node, ago(minutes=42)) is None
        assert silence_before(node, ago(minutes=19)) is None
        assert silence_before(view(), ago(minutes=1)) is None

    def test_an_end_that_nobody_saw_is_not_taken_from_the_next_one(self) -> None:
        """It fell silent twice; that it was ready in between was never reported."""
        node = view(
            events=[
                node_event("NodeNotReady", ago(hours=4), uid="first"),
                node_event("NodeNotReady", ago(minutes=34), uid="second"),
                node_event("NodeReady", ago(minutes=31)),
            ]
        )
        found = silence_before(node, ago(hours=3, minutes=55))

        assert found is not None
        assert found.begun_at == ago(hours=4)
        assert found.ended_at is None


class TestKeeping:
    """Few writes, bounded room."""

    def test_what_is_kept_as_it_is_needs_no_write(self) -> None:
        """Only what is new, or happened again."""
        kept = [node_event("NodeReady", ago(minutes=20), uid="a"), node_event("NodeReady", ago(minutes=20), uid="b")]
        again = replace(kept[1], at=ago(minutes=2), count=2)
        new = pod_event("Evicted", ago(minutes=1))

        assert worth_keeping([kept[0], again, new], kept) == ((again, new), 0)

    def test_a_flood_of_one_pod_is_bounded(self) -> None:
        """And reported."""
        flood = [pod_event("FailedScheduling", ago(minutes=minute), uid=str(minute)) for minute in range(50)]
        chosen, left = worth_keeping(flood, ())

        assert len(chosen) == MOST_OF_A_SUBJECT
        assert left == 50 - MOST_OF_A_SUBJECT
        assert chosen[0].at == ago(minutes=0)

    def test_a_flood_of_many_pods_leaves_room_for_nodes(self) -> None:
        """In one scan, and where the table is full."""
        flood = [pod_event("FailedScheduling", ago(minutes=1), name=f"pod-{each}") for each in range(MOST_NEW + 9)]
        node = node_event("NodeNotReady", ago(minutes=50))
        chosen, left = worth_keeping([*flood, node], ())

        assert node in chosen
        assert (len(chosen), left) == (MOST_NEW, 10)

        full = [pod_event("Evicted", ago(days=1), name=f"old-{each}") for each in range(MOST_KEPT)]
        assert worth_keeping([*flood[:3], node], full) == ((node,), 3)

    def test_the_events_of_nodes_are_bounded_too(self) -> None:
        """A node that flaps for days."""
        kept: list[ClusterEvent] = [
            node_event("NodeReady", ago(hours=hour), uid=str(hour)) for hour in range(MOST_OF_A_SUBJECT)
        ]

        assert worth_keeping([node_event("NodeNotReady", ago(minutes=1))], kept) == ((), 1)
