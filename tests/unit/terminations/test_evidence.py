"""The evidence around the end of a pod: which node, which silence, which reading, and what is worth keeping of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fleetscan.model import CaptureStatus, Readings
from fleetscan.model.death import Death, KernelKill, Learned, Measured, Noted, Silence
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.kubernetes import Ending, NodeView, Taint
from fleetscan.model.memory import History, Reading
from fleetscan.model.oom import OomKill, Scope
from fleetscan.model.presence import Presence, RunningImage
from fleetscan.terminations.events import with_past
from fleetscan.terminations.evidence import MOST_INTENDED, MOST_KEPT, MOST_LATE, MOST_NEW, MOST_OOM_KILLED, deaths
from fleetscan.terminations.timeline import pod_timeline
from tests.fixtures.clusters import AFFECTED, NOW, POD, ago, end, node_event, pod_event, view
from tests.fixtures.dead_pods import AGENT, GIB, INSTANCE, MIB, NOBODY, STARVING, affected, finding, healthy, report

SILENT = (node_event("NodeNotReady", ago(minutes=9)), node_event("NodeReady", ago(minutes=2)))
LOST = end(Ending.NODE_LOST, ago(minutes=4), uid="u1")


def remembered(at: datetime, stalled: int, slab_mib: int = 2000) -> History:
    """Return a history with one reading."""
    one = Reading(
        at_epoch_seconds=int(at.timestamp()),
        memory_total_bytes=3936 * MIB,
        memory_available_bytes=700 * MIB,
        slab_unreclaimable_bytes=slab_mib * MIB,
        memory_some_avg60_percent=stalled,
    )
    return History(at_epoch_seconds=int(NOW.timestamp()), readings=(one,))


def the_incident() -> Death:
    """Return all that is known where the scan sees everything."""
    taint = pod_event("TaintManagerEviction", ago(minutes=4))
    known = report(affected(view(instance_id=INSTANCE, events=SILENT)), ends=[LOST], events=[taint])
    (death,) = deaths(known, {INSTANCE: remembered(ago(minutes=11), 97)}).every
    return death


class TestGathered:
    """One end, and what is known around it."""

    def test_a_scan_that_sees_everything_keeps_everything(self) -> None:
        """The silence, the reading before it, findings, root cause and the pod's own event."""
        expected = Death(
            cluster="live",
            end=LOST,
            found_at=NOW,
            died_at=ago(minutes=4),
            mark=f"{int(ago(minutes=4).timestamp())}-u1",
            instance_id=INSTANCE,
            node=AFFECTED,
            silence=Silence(
                begun_at=ago(minutes=9),
                ended_at=ago(minutes=2),
                reason=f"Node {AFFECTED} status is now: NodeNotReady",
            ),
            measured=Measured(
                at=ago(minutes=11),
                readings=Readings(
                    memory_total_bytes=3936 * MIB,
                    memory_available_bytes=700 * MIB,
                    slab_unreclaimable_bytes=2000 * MIB,
                    memory_some_avg60_percent=97.0,
                ),
            ),
            now=STARVING,
            findings=(
                Noted(
                    rule="slab_unreclaimable_high",
                    severity=Severity.CRITICAL,
                    cause=Cause.SOCKET_QUEUE,
                    text="2.1 GiB",
                ),
            ),
            culprit=replace(AGENT, nodes=(INSTANCE,), remedy=""),
            held_bytes=2 * GIB,
            not_oom_killed="the node's kernel had killed nothing for memory since its boot 87d before",
            events=(pod_event("TaintManagerEviction", ago(minutes=4)),),
        )

        assert the_incident() == expected

    def test_of_a_container_that_was_killed_it_is_kept_whether_the_node_was_out_of_memory_then(self) -> None:
        """The kubelet says so of its node within the minute; of another time it says nothing."""
        killed = end(Ending.OOM_KILLED, ago(minutes=4), uid="u1")
        then, before = node_event("SystemOOM", ago(minutes=3, seconds=30)), node_event("SystemOOM", ago(minutes=8))
        known = report(affected(view(events=(before, then))), ends=[killed, replace(LOST, uid="u2")])

        assert {one.end.ending: one.events for one in deaths(known, {}).every} == {
            Ending.OOM_KILLED: (then,),
            Ending.NODE_LOST: (),
        }

    def test_without_a_reading_before_it_the_first_one_after_it_is_kept(self) -> None:
        """That of the scan itself."""
        known = report(affected(view(events=SILENT)), ends=[LOST])
        (death,) = deaths(known, {}).every

        assert death.measured == Measured(at=NOW, readings=STARVING)

    def test_a_reading_that_is_far_away_says_nothing(self) -> None:
        """And a node that did not answer has none."""
        silent = affected(view(events=SILENT), Readings(), status=CaptureStatus.TIMED_OUT)
        (death,) = deaths(report(silent, ends=[LOST]), {INSTANCE: remembered(ago(minutes=70), 97)}).every

        assert death.measured is None

    def test_a_pod_of_a_node_that_was_not_scanned_is_reported_without_it(self) -> None:
        """A node that is gone by now."""
        gone = replace(LOST, node="ip-10-9-9-9")
        (death,) = deaths(report(affected(view()), ends=[gone]), {}).every

        assert death == Death(
            cluster="live",
            end=gone,
            found_at=NOW,
            died_at=ago(minutes=4),
            mark=f"{int(ago(minutes=4).timestamp())}-u1",
            node="ip-10-9-9-9",
        )

    def test_where_nobody_is_the_root_cause_it_is_kept_why(self) -> None:
        """In the words of the conclusion."""
        known = report(affected(view(events=SILENT)), ends=[LOST], root_causes=(), unattributed=(NOBODY,))
        (death,) = deaths(known, {}).every

        assert death.culprit is None
        assert death.why_nobody == "nobody is seen holding what the nodes lack"

    @pytest.mark.parametrize(
        "readings",
        [
            replace(STARVING, oom_kills_total=3),
            replace(STARVING, oom_kills_total=None),
            replace(STARVING, uptime_seconds=60.0),
            replace(STARVING, uptime_seconds=None),
        ],
        ids=["killed", "not counted", "booted since", "uptime unknown"],
    )
    def test_no_oom_kill_is_said_only_where_the_counter_reaches_that_far(self, readings: Readings) -> None:
        """From before the death to after it."""
        (death,) = deaths(report(affected(view(events=SILENT), readings), ends=[LOST]), {}).every

        assert death.not_oom_killed == ""


KILLED = end(Ending.OOM_KILLED, ago(minutes=4), uid="u1")
OWN = OomKill(age_seconds=241, scope=Scope.OWN, pod="gone", pod_uid="u1", pid=1)
SYSTEM_OOM_OF = "System OOM encountered, victim process: java, pid:"
OF_ALL = OomKill(age_seconds=250, scope=Scope.ALLOCATABLE, pod="live/another-0", pid=2)


def seen(kill: OomKill) -> KernelKill:
    """Return the kill by the clock of the scan."""
    return KernelKill(at=NOW - timedelta(seconds=kill.age_seconds), kill=kill)


class TestOomKills:
    """What the kernel log of the node says of the time of a termination."""

    @pytest.mark.parametrize(
        ("kills", "kept"),
        [
            (None, None),
            ((), None),
            ((OWN,), (seen(OWN),)),
            ((OWN, OF_ALL), (seen(OF_ALL), seen(OWN))),
            ((replace(OWN, pod_uid=None, pod=KILLED.title),), (seen(replace(OWN, pod_uid=None, pod=KILLED.title)),)),
            ((replace(OWN, pod_uid="u2"),), ()),
            ((replace(OWN, age_seconds=421),), ()),
            ((replace(OWN, age_seconds=59),), ()),
        ],
        ids=["not read", "none in a day", "its own", "oldest first", "by name", "another pod's", "before", "after"],
    )
    def test_the_kills_of_that_time_are_kept(
        self, kills: tuple[OomKill, ...] | None, kept: tuple[KernelKill, ...] | None
    ) -> None:
        """Those of the pod, and those that concern all; that none is near is known only where the log told of some."""
        diagnosis = replace(affected(view()), oom_kills=kills)
        (death,) = deaths(report(diagnosis, ends=[KILLED]), {}).every

        assert death.oom_kills == kept

    def test_two_pods_at_their_own_limits_a_second_apart_have_the_same_story(self) -> None:
        """Each by its own kill, though the kubelet says SystemOOM of both processes, as 1.20 does."""
        other = end(Ending.OOM_KILLED, ago(minutes=4, seconds=-1), uid="u2", name="other-0")
        kills = (replace(OWN, pid=48, pod_uid="u2", pod="live/other-0", age_seconds=239), replace(OWN, pid=47))
        said = [
            replace(node_event("SystemOOM", ago(minutes=4), uid=str(pid)), message=f"{SYSTEM_OOM_OF} {pid}")
            for pid in (47, 48)
        ]
        diagnosis = replace(affected(view(events=said)), oom_kills=kills)
        found = deaths(report(diagnosis, ends=[KILLED, other]), {}).every

        assert {one.end.uid: [event.uid for event in one.events] for one in found} == {"u1": ["47"], "u2": ["48"]}
        for one in found:
            (link,) = pod_timeline(one).links[1:]
            assert link.text.startswith("it reached its own memory limit; the node is not the cause")

    def test_a_pod_that_is_gone_keeps_the_name_that_is_known_of_it(self) -> None:
        """From its own end, or from that of another scan; the node has only the uids left."""
        other = replace(OF_ALL, pod="u2", pod_uid="u2")
        own = replace(OWN, pod="u1")
        gone = replace(the_incident(), end=end(Ending.EVICTED, ago(hours=3), uid="u2", name="other-0"))
        third = replace(OF_ALL, pod="u3", pod_uid="u3", pid=3)
        fourth = replace(OF_ALL, pod="u4", pod_uid="u4", pid=4)
        gone = replace(gone, oom_kills=(seen(replace(fourth, pod="live/fourth-0")), seen(third)))
        diagnosis = replace(affected(view()), oom_kills=(own, other, third, fourth))
        found = deaths(report(diagnosis, ends=[KILLED]), {}, [gone]).every
        (death,) = (one for one in found if one.end == KILLED)

        assert death.oom_kills is not None
        assert {one.kill.pod for one in death.oom_kills} == {KILLED.title, "live/other-0", "u3", "live/fourth-0"}

    def test_of_many_its_own_and_the_nearest_are_kept(self) -> None:
        """They are stored for two weeks."""
        kills = [replace(OF_ALL, age_seconds=240 + seconds) for seconds in range(20)]
        diagnosis = replace(affected(view()), oom_kills=(*kills, replace(OWN, age_seconds=300)))
        (death,) = deaths(report(diagnosis, ends=[KILLED]), {}).every

        assert death.oom_kills is not None
        assert [one.kill.age_seconds for one in death.oom_kills] == [300, 246, 245, 244, 243, 242, 241, 240]

    def test_a_kubelet_that_was_killed_shortly_before_its_node_fell_silent_is_kept(self) -> None:
        """The silence began nine minutes ago, long before the pod was deleted."""
        kills = [OomKill(age_seconds=minutes * 60, scope=Scope.SERVICE, service="kubelet") for minutes in (10, 15)]
        diagnosis = replace(affected(view(events=SILENT)), oom_kills=tuple(kills))
        (death,) = deaths(report(diagnosis, ends=[LOST]), {}).every

        assert death.oom_kills == (seen(kills[0]),)

    def test_what_a_later_scan_says_is_added_once(self) -> None:
        """The log is read every five minutes; its ages differ by a second."""
        first = replace(affected(view()), oom_kills=None)
        (unread,) = deaths(report(first, ends=[KILLED]), {}).every
        second = report(replace(first, oom_kills=(OWN,)), ends=[KILLED], started_at=NOW + timedelta(minutes=1))
        learned = deaths(second, {}, [unread])
        again = deaths(
            report(replace(first, oom_kills=(replace(OWN, age_seconds=240),)), ends=[KILLED]), {}, learned.every
        )

        assert [one.oom_kills for one in learned.fresh] == [(replace(seen(OWN), at=ago(minutes=3, seconds=1)),)]
        assert again.every == learned.every
        assert again.fresh == ()


class TestNode:
    """Kubernetes' event names neither the node nor the pod's id."""

    NAMELESS = replace(LOST, node="", uid="")

    def test_a_pod_whose_containers_are_seen_there_was_there(self) -> None:
        """The kubelet that is silent has not ended it yet."""
        known = report(affected(view(events=SILENT), STARVING, pods=[f"live/{POD}"]), ends=[self.NAMELESS])
        (death,) = deaths(known, {}).every

        assert (death.node, death.why_node) == (AFFECTED, "its containers were seen there")

    @pytest.mark.parametrize("ending", [Ending.NODE_LOST, Ending.EVICTED])
    def test_a_pod_that_two_nodes_claim_died_on_neither(self, ending: Ending) -> None:
        """The last to claim it would have got its death."""
        claim = replace(
            healthy(2, view("ip-2", events=(replace(SILENT[0], uid="x", name="ip-2"),))),
            presence=Presence(images=(RunningImage(image="main:1", repository="main", pods=(f"live/{POD}",)),)),
        )
        shown = affected(view(events=SILENT), STARVING, pods=[f"live/{POD}"])
        for order in ((shown, claim), (claim, shown)):
            (death,) = deaths(report(*order, ends=[replace(self.NAMELESS, ending=ending)]), {}).every

            assert (death.node, death.instance_id, death.culprit) == ("", "", None)

    def test_a_node_that_was_never_silent_is_not_the_one_a_pod_was_lost_with(self) -> None:
        """Whatever it shows: a pod of the same name may have been made anew there, or it lies."""
        claim = replace(
            healthy(2, view("ip-2")),
            presence=Presence(images=(RunningImage(image="main:1", repository="main", pods=(f"live/{POD}",)),)),
        )
        (death,) = deaths(report(affected(view(events=SILENT)), claim, ends=[self.NAMELESS]), {}).every

        assert (death.node, death.why_node) == (AFFECTED, "no other node of the cluster was silent then")

    def test_a_pod_that_kubernetes_does_not_list_there_was_not_there(self) -> None:
        """Asked for the pods of the node, it did not name this one."""
        shown = affected(view(events=SILENT), STARVING, pods=[f"live/{POD}"])
        shown = replace(shown, presence=replace(shown.presence, unlisted_pods=(f"live/{POD}",)))
        ended = replace(self.NAMELESS, ending=Ending.EVICTED)
        (death,) = deaths(report(shown, ends=[ended]), {}).every

        assert death.node == ""

    def test_a_pod_was_on_the_only_node_that_was_silent(self) -> None:
        """Which is said to be the reason."""
        known = report(affected(view(events=SILENT)), healthy(2, view("ip-2")), ends=[self.NAMELESS])
        (death,) = deaths(known, {}).every

        assert (death.node, death.why_node) == (AFFECTED, "no other node of the cluster was silent then")

    @pytest.mark.parametrize("ending", [Ending.NODE_LOST, Ending.EVICTED])
    def test_where_several_were_silent_or_it_was_no_silence_that_ended_it_nothing_is_guessed(
        self, ending: Ending
    ) -> None:
        """A wrong node is a wrong attribution."""
        silent = (replace(SILENT[0], uid="x", name="ip-2"),)
        others = (healthy(2, view("ip-2", events=silent if ending is Ending.NODE_LOST else ())),)
        known = report(affected(view(events=SILENT)), *others, ends=[replace(self.NAMELESS, ending=ending)])
        (death,) = deaths(known, {}).every

        assert (death.node, death.instance_id) == ("", "")

    def test_a_silence_that_began_long_before_is_another_s(self) -> None:
        """A pod stands it for five minutes."""
        old = node_event("NodeNotReady", ago(minutes=30))
        (death,) = deaths(report(affected(view(events=[old])), ends=[self.NAMELESS]), {}).every

        assert death.node == ""

    def test_what_the_pod_and_an_event_report_is_one_death(self) -> None:
        """That of the pod, which says more."""
        known = report(affected(view(events=SILENT, ends=[LOST])), ends=[self.NAMELESS, LOST])
        found = deaths(known, {})

        assert [one.end for one in found.every] == [LOST]
        assert len(found.fresh) == 1


class TestTaint:
    """The deletion for a taint does not say which taint it was."""

    TAINTED = replace(LOST, ending=Ending.TAINTED)
    OTHER = Taint(key="example.com/maintenance", effect="NoExecute")
    UNREACHABLE = Taint(key="node.kubernetes.io/unreachable", effect="NoExecute", since=ago(minutes=9))

    @pytest.mark.parametrize(
        ("seen", "ending", "by"),
        [
            (view(events=SILENT), Ending.NODE_LOST, ""),
            (replace(view(), taints=(UNREACHABLE,)), Ending.NODE_LOST, ""),
            (replace(view(), taints=(OTHER,)), Ending.TAINTED, OTHER.key),
            (replace(view(), taints=(replace(UNREACHABLE, since=NOW),)), Ending.TAINTED, ""),
            (replace(view(), taints=(replace(UNREACHABLE, effect="NoSchedule"),)), Ending.TAINTED, ""),
            (view(events=[SILENT[0], node_event("NodeReady", ago(minutes=6))]), Ending.TAINTED, ""),
            (view(), Ending.TAINTED, ""),
        ],
        ids=[
            "NotReady then",
            "unreachable",
            "somebody's",
            "unreachable later",
            "no scheduling",
            "ready again",
            "ready",
        ],
    )
    def test_only_a_node_that_was_lost_lost_its_pods(self, seen: NodeView, ending: Ending, by: str) -> None:
        """Its taint says so while it is there, and its NotReady time afterwards; both in the node's view too."""
        (death,) = deaths(report(affected(seen), ends=[self.TAINTED]), {}).every
        of_view = with_past(replace(seen, ends=(self.TAINTED,)), (), ())

        assert death.end == replace(self.TAINTED, ending=ending, by=by)
        assert of_view.ends == (death.end,)

    def test_that_the_node_was_lost_may_be_learnt_later(self) -> None:
        """It is the same termination, under the same key."""
        (before,) = deaths(report(affected(view()), ends=[self.TAINTED]), {}).every
        found = deaths(report(affected(view(events=SILENT)), ends=[self.TAINTED]), {}, [before])
        (after,) = found.every

        assert (before.end.ending, after.end.ending) == (Ending.TAINTED, Ending.NODE_LOST)
        assert before.key == after.key
        assert found.fresh == (after,)

    def test_a_silent_node_is_not_taken_for_the_pod_s_where_another_has_a_taint_of_its_own(self) -> None:
        """The pod may have been on either."""
        nameless = replace(self.TAINTED, node="", uid="")
        other = healthy(2, replace(view("ip-2"), taints=(self.OTHER,)))
        (death,) = deaths(report(affected(view(events=SILENT)), other, ends=[nameless]), {}).every

        assert (death.end.ending, death.node) == (Ending.TAINTED, "")


class TestRemembered:
    """What earlier scans kept."""

    def test_a_death_that_is_known_as_well_is_not_written_again(self) -> None:
        """Hours later Kubernetes says nothing of it, and what was known stays."""
        kept = the_incident()
        found = deaths(report(affected(view()), started_at=NOW + timedelta(hours=4)), {}, [kept])

        assert found.every == (kept,)
        assert found.fresh == ()

    def test_a_later_scan_adds_what_it_knows_and_changes_nothing_else(self) -> None:
        """The first one saw no node: it did not answer; the second one knows the root cause and that it is over."""
        began = (SILENT[0],)
        first = report(
            affected(view(events=began), Readings(), status=CaptureStatus.TIMED_OUT), ends=[LOST], root_causes=()
        )
        (kept,) = deaths(first, {INSTANCE: remembered(ago(minutes=11), 97)}).every
        later = NOW + timedelta(minutes=5)
        found = deaths(report(affected(view(events=SILENT)), ends=[LOST], started_at=later), {}, [kept])
        (death,) = found.every

        assert found.fresh == (death,)
        assert death.key == kept.key
        assert death.measured == kept.measured
        assert death.silence == replace(kept.silence or Silence(begun_at=NOW), ended_at=ago(minutes=2))
        assert death.findings == kept.findings
        assert (death.culprit, death.found_at) == (None, NOW)
        assert death.learned == Learned(
            at=later, culprit=replace(AGENT, nodes=(INSTANCE,), remedy=""), held_bytes=2 * GIB, now=STARVING
        )

    def test_a_root_cause_that_appears_hours_later_leaves_the_findings_of_the_time(self) -> None:
        """They say that the pod was killed at its own limit; the node's trouble of the evening has another cause."""
        killed = end(Ending.OOM_KILLED, ago(minutes=4), uid="u1")
        own = finding("oom_kill_pod", f"killed: {killed.title}", Cause.UNATTRIBUTED)
        then = report(affected(view(), STARVING, own), ends=[killed], root_causes=())
        (kept,) = deaths(then, {}).every
        evening = report(affected(view()), ends=[killed], started_at=NOW + timedelta(hours=9))
        (death,) = deaths(evening, {}, [kept]).every
        (again,) = deaths(replace(evening, culprits=(replace(AGENT, name="other/agent"),)), {}, [death]).every

        assert [one.rule for one in death.findings] == ["oom_kill_pod"]
        assert pod_timeline(death) == pod_timeline(kept)
        assert again == death

    def test_a_container_that_is_killed_again_and_again_is_one_death(self) -> None:
        """Reported with the last, written at most once an hour."""
        first = deaths(report(affected(view()), ends=[end(Ending.OOM_KILLED, ago(minutes=90), uid="u1")]), {}).every
        soon = deaths(report(affected(view()), ends=[end(Ending.OOM_KILLED, ago(minutes=40), uid="u1")]), {}, first)
        later = deaths(report(affected(view()), ends=[end(Ending.OOM_KILLED, ago(minutes=5), uid="u1")]), {}, first)

        assert soon.fresh == ()
        assert [one.died_at for one in later.every] == [ago(minutes=5)]
        assert [one.key for one in later.fresh] == [first[0].key]

    def test_the_next_pod_of_the_same_name_is_another_death(self) -> None:
        """As in a StatefulSet."""
        kept = the_incident()
        again = end(Ending.NODE_LOST, ago(minutes=4), uid="u2")
        found = deaths(report(affected(view(events=SILENT)), ends=[again]), {}, [kept])

        assert {one.end.uid for one in found.every} == {"u1", "u2"}


class TestRoom:
    """What is kept is bounded, and what found no room is counted."""

    def test_of_very_many_at_once_the_latest_are_kept(self) -> None:
        """All of them are reported."""
        many = [end(Ending.EVICTED, ago(seconds=each), name=f"pod-{each}") for each in range(MOST_NEW + 5)]
        found = deaths(report(affected(view()), ends=many), {})

        assert len(found.every) == MOST_NEW + 5
        assert (len(found.fresh), found.left_out) == (MOST_NEW, 5)
        assert found.fresh[0].end.name == "pod-0"

    def test_a_table_that_is_full_takes_no_more(self) -> None:
        """Containers at their own limit have a part of it only."""
        seen = the_incident()
        full = [replace(seen, end=replace(LOST, name=f"old-{each}")) for each in range(MOST_KEPT)]
        killed = [
            replace(seen, end=end(Ending.OOM_KILLED, ago(hours=2), name=f"old-{each}", uid=str(each)))
            for each in range(MOST_OOM_KILLED)
        ]
        new = report(
            affected(view()), ends=[end(Ending.EVICTED, ago(minutes=1)), end(Ending.OOM_KILLED, ago(minutes=1))]
        )

        assert deaths(new, {}, full).left_out == 2
        assert [one.end.ending for one in deaths(new, {}, killed).fresh] == [Ending.EVICTED]

    def test_pods_that_are_drained_all_day_do_not_take_the_room_of_others(self) -> None:
        """Of a scan the others come first, and the drained that find no room are no loss."""
        drained = [end(Ending.DRAINED, ago(seconds=each), name=f"d-{each}") for each in range(MOST_INTENDED + 5)]
        kept: tuple[Death, ...] = ()
        for _ in range(4):
            found = deaths(report(affected(view()), ends=drained), {}, kept)
            assert found.left_out == 0
            kept += found.fresh
        now = deaths(report(affected(view()), ends=[*drained, LOST]), {}, ())

        assert len(kept) == MOST_INTENDED
        assert now.fresh[0].end == LOST

    def test_pods_that_lie_there_for_long_do_not_take_the_room_of_those_that_die_now(self) -> None:
        """A cluster keeps pods that failed until there are 12,500 of them; what finds no room of these is no loss."""
        lying = [
            end(Ending.EVICTED, ago(days=2, minutes=each), name=f"old-{each}", uid=str(each))
            for each in range(MOST_LATE + 5)
        ]
        forgotten = end(Ending.EVICTED, ago(days=15), name="forgotten", uid="f")
        kept: tuple[Death, ...] = ()
        for _ in range(4):
            found = deaths(report(affected(view()), ends=[*lying, forgotten]), {}, kept)
            assert found.left_out == 0
            kept += found.fresh
        now = deaths(report(affected(view()), ends=[*lying, forgotten, LOST]), {}, kept)

        assert len(kept) == MOST_LATE
        assert "forgotten" not in {one.end.name for one in kept}
        assert [one.end for one in now.fresh] == [LOST]

    def test_those_of_long_ago_are_counted_within_a_scan_too(self) -> None:
        """Where twenty more fit, of thirty that are seen at once twenty are kept."""
        lying = [
            end(Ending.EVICTED, ago(days=2, minutes=at), name=f"old-{at}", uid=str(at)) for at in range(MOST_LATE + 10)
        ]
        seen = report(affected(view()), ends=lying)
        kept: tuple[Death, ...] = ()
        for some in (lying[:40], lying[40:80]):
            kept += deaths(report(affected(view()), ends=some), {}, kept).fresh

        assert len(kept) == 80
        assert len(deaths(seen, {}, kept).fresh) == MOST_LATE - 80


def test_findings_are_kept_without_mere_information() -> None:
    """But for a kill at a limit, which sets one timeline apart from another."""
    info = replace(finding("memory_overcommitted").evidence, severity=Severity.INFO)
    mild = [replace(finding(rule), evidence=info) for rule in ("memory_overcommitted", "oom_kill_pod")]
    (death,) = deaths(report(affected(view(events=SILENT), STARVING, finding(), *mild), ends=[LOST]), {}).every

    assert [one.rule for one in death.findings] == ["slab_unreclaimable_high", "oom_kill_pod"]
