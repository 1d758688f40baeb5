"""What of Kubernetes outlives its hour, with a fake at the port."""

from __future__ import annotations

from dataclasses import replace

from fleetscan.model.death import ClusterPast
from fleetscan.model.kubernetes import ClusterView, Ending
from fleetscan.scan.cluster_evidence import Answers
from fleetscan.scan.cluster_history import MOST_REPORTED, save_cluster_history, with_timelines
from fleetscan.terminations.evidence import Deaths, deaths
from fleetscan.terminations.timeline import pod_timeline
from tests.fixtures.clusters import NOW, FakeClusterMemory, ago, end, node_event, view
from tests.fixtures.dead_pods import affected, report

EVENT = node_event("NodeNotReady", ago(minutes=9))
ANSWERS = Answers(views=(ClusterView(cluster="live", at=NOW, events=(EVENT,)),), is_history_loaded=True)


def test_a_report_shows_the_last_day_the_latest_death_first() -> None:
    """Older ones are for ``fleetscan explain pod``."""
    late, old = end(Ending.EVICTED, ago(hours=23)), end(Ending.EVICTED, ago(hours=25), name="old")
    new = end(Ending.EVICTED, ago(minutes=1), name="new")
    (kept,) = deaths(report(affected(view()), ends=[old]), {}).every
    reported, known = with_timelines(report(affected(view()), ends=[late, new]), {}, ClusterPast(deaths=(kept,)))

    assert [one.end.name for one in reported.stories] == ["new", late.name]
    assert reported.stories == tuple(pod_timeline(one) for one in known.every[:2])
    assert len(known.every) == 3


def test_the_timelines_of_one_report_are_bounded() -> None:
    """A cluster that loses a thousand pods loses them for one reason."""
    many = [end(Ending.EVICTED, ago(minutes=1), name=str(each)) for each in range(MOST_REPORTED + 1)]
    reported, _ = with_timelines(report(affected(view()), ends=many), {}, ClusterPast())

    assert len(reported.stories) == MOST_REPORTED


def test_what_is_new_is_kept_once() -> None:
    """The next scan, which remembers it, writes nothing."""
    memory = FakeClusterMemory()
    fresh = deaths(report(affected(view()), ends=[end(Ending.EVICTED, ago(minutes=1))]), {})

    assert save_cluster_history(memory, ANSWERS, fresh) == ()
    assert memory.events == {"live": {EVENT.uid: EVENT}}
    assert tuple(memory.kept.values()) == fresh.fresh

    again = replace(ANSWERS, past=memory.load(["live"]))
    assert save_cluster_history(memory, again, Deaths()) == ()
    assert memory.saves == 1


def test_where_the_past_could_not_be_read_nothing_is_written() -> None:
    """Nor where there is no table."""
    memory = FakeClusterMemory()

    assert save_cluster_history(memory, replace(ANSWERS, is_history_loaded=False), Deaths()) == ()
    assert save_cluster_history(None, ANSWERS, Deaths()) == ()
    assert memory.saves == 0


def test_what_found_no_room_is_reported() -> None:
    """Events and deaths together."""
    flood = tuple(node_event("NodeReady", ago(minutes=each), uid=str(each)) for each in range(30))
    answers = replace(ANSWERS, views=(replace(ANSWERS.views[0], events=flood),))

    assert save_cluster_history(FakeClusterMemory(), answers, Deaths(left_out=2)) == (
        "12 Kubernetes events not stored: over the limit of stored events.",
    )
