"""Why a pod died: each link known, or said not to be; nothing that comes later is a cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetscan.model import Readings
from fleetscan.model.conclusion import Strength
from fleetscan.model.death import Death, KernelKill, Learned, Measured, Noted, Silence
from fleetscan.model.finding import Cause, Severity
from fleetscan.model.kubernetes import Ending, Link, PodEnd, PodTimeline
from fleetscan.model.oom import OomKill, Scope
from fleetscan.terminations.timeline import pod_timeline
from tests.fixtures.clusters import AFFECTED, NOW, ago, end, node_event, pod_event
from tests.fixtures.dead_pods import AGENT, GIB, INSTANCE, STARVING, weaker

SLAB = Noted(
    rule="slab_unreclaimable_high", severity=Severity.CRITICAL, cause=Cause.SOCKET_QUEUE, text="2.1 GiB of 3.8 GiB"
)
DEATH = Death(
    cluster="live",
    end=end(Ending.NODE_LOST, ago(minutes=4), uid="u1"),
    found_at=NOW,
    died_at=ago(minutes=4),
    mark="1-u1",
    instance_id=INSTANCE,
    node=AFFECTED,
    silence=Silence(begun_at=ago(minutes=9), ended_at=ago(minutes=2), reason="NodeStatusUnknown: Kubelet stopped"),
    measured=Measured(at=ago(minutes=10), readings=STARVING),
    now=STARVING,
    findings=(SLAB,),
    culprit=replace(AGENT, nodes=(INSTANCE,)),
    held_bytes=2 * GIB,
    not_oom_killed="the node's kernel had killed nothing for memory since its boot 87d before",
)
HEALTHY = replace(STARVING, memory_some_avg60_percent=0.4, slab_unreclaimable_bytes=74 << 20)


def behind(death: Death) -> list[str]:
    """Return what stands behind the death, without times."""
    return [link.text for link in pod_timeline(death).links[1:]]


def last(death: Death) -> Link:
    """Return the last link, with which the chain ends."""
    return pod_timeline(death).links[-1]


def test_the_incident_is_shown_step_by_step() -> None:
    """Killed, because not ready, because memory stalled, because slab, because this DaemonSet."""
    expected = PodTimeline(
        cluster="live",
        end=DEATH.end,
        links=(
            Link(
                text="Kubernetes deleted it: its node was NotReady or unreachable. Not an OOM kill: the node's "
                "kernel had killed nothing for memory since its boot 87d before",
                at=ago(minutes=4),
            ),
            Link(
                text='ip-10-0-37-118 NotReady 05:56:00-06:03:00 UTC (7 min) ("NodeStatusUnknown: Kubelet stopped")',
                at=ago(minutes=9),
            ),
            Link(
                text="memory pressure (PSI) 99%, 19% of memory available, 48% of swap in use (1 min before the node "
                "became NotReady)",
                at=ago(minutes=10),
            ),
            Link(
                text="2.1 GiB of unreclaimable slab, 54% of memory; 1,657,980 socket buffers (skbuff) in it",
                at=ago(minutes=10),
            ),
            Link(
                text="DaemonSet weave/weave-scope-agent (docker.io/weaveworks/scope:1.13.2) holds 2.0 GiB of it in "
                "unread socket buffers, found 9 min after the node became NotReady",
                at=NOW,
            ),
        ),
    )

    assert expected == pod_timeline(DEATH)


class TestSilence:
    """The node that the pod was on."""

    def test_where_the_node_is_not_known_the_chain_ends(self) -> None:
        """Nobody is named as a likely cause of what happened nobody knows where."""
        assert behind(replace(DEATH, node="", silence=None)) == [
            "not known: on which node it was; Kubernetes' event does not say, and several or none were silent then"
        ]

    def test_where_no_silence_was_seen_the_chain_ends(self) -> None:
        """The stall and the slab of today prove nothing then."""
        link = last(replace(DEATH, silence=None))

        assert link.text == (
            "not known: when ip-10-0-37-118 became NotReady; no event and no condition of that time was seen"
        )
        assert not link.is_known

    def test_how_the_node_is_known_is_said(self) -> None:
        """And what the node controller always says is not."""
        mute = Silence(begun_at=ago(minutes=9), reason=f"Node {AFFECTED} status is now: NodeNotReady")
        inferred = replace(DEATH, silence=mute, why_node="its containers were seen there")

        assert behind(inferred)[0] == (
            "ip-10-0-37-118 NotReady since 05:56:00 UTC; that the pod was on it: its containers were seen there"
        )


class TestStall:
    """Why the kubelet fell silent."""

    def test_a_reading_while_it_lasted_reports_it(self) -> None:
        """Six minutes into the silence."""
        measured = Measured(at=ago(minutes=3), readings=STARVING)

        assert behind(replace(DEATH, measured=measured))[1].endswith(
            "(6 min after the node became NotReady, still NotReady)"
        )

    def test_a_reading_after_it_is_reported_as_that_and_ends_the_chain(self) -> None:
        """What the node suffered when it was back is no cause of what came before."""
        link = last(replace(DEATH, measured=Measured(at=ago(minutes=1), readings=STARVING)))

        assert not link.is_known
        assert link.text == (
            "not known: why its kubelet stopped reporting; the first reading is of 8 min after the node became "
            "NotReady, and then memory pressure (PSI) 99%, 19% of memory available, 48% of swap in use"
        )

    @pytest.mark.parametrize("stalled", [0.0, 59.9])
    def test_a_node_that_did_not_stall_fell_silent_for_another_reason(self, stalled: float) -> None:
        """However much slab it has: the walking dead of the incident were ready all the time."""
        readings = replace(STARVING, memory_some_avg60_percent=stalled)
        link = last(replace(DEATH, measured=Measured(at=ago(minutes=10), readings=readings)))

        assert not link.is_known
        assert link.text.startswith("not known: why its kubelet stopped reporting; memory pressure (PSI)")

    def test_no_memory_left_is_a_stall_where_pressure_is_not_known(self) -> None:
        """A kernel without PSI."""
        readings = replace(STARVING, memory_some_avg60_percent=None, memory_available_bytes=100 << 20)
        found = behind(replace(DEATH, measured=Measured(at=ago(minutes=10), readings=readings)))

        assert found[1] == "2.5% of memory available, 48% of swap in use (1 min before the node became NotReady)"
        assert len(found) == 4

    def test_without_a_reading_it_is_not_known(self) -> None:
        """As where no scan ran."""
        assert last(replace(DEATH, measured=None)).text == (
            "not known: why its kubelet stopped reporting; no scan measured the node within 1 h of it"
        )

    def test_a_reading_of_nothing_is_no_reading(self) -> None:
        """A node that answered without its memory."""
        link = last(replace(DEATH, measured=Measured(at=ago(minutes=10), readings=Readings())))

        assert (
            link.text
            == "not known: why its kubelet stopped reporting; its memory was not measured (1 min before the node "
            "became NotReady)"
        )


class TestSlab:
    """What held the memory."""

    def test_ordinary_slab_ends_the_chain(self) -> None:
        """It was processes, which Kubernetes shows by itself."""
        readings = replace(STARVING, slab_unreclaimable_bytes=100 << 20)
        link = last(replace(DEATH, measured=Measured(at=ago(minutes=10), readings=readings)))

        assert link.text == (
            "not known: what held the memory; unreclaimable slab was normal (100 MiB, 2.5%), so it was processes: "
            "see the node's findings"
        )

    def test_slab_that_was_not_measured_is_not_known(self) -> None:
        """Unknown is not ordinary."""
        readings = replace(STARVING, slab_unreclaimable_bytes=None)
        link = last(replace(DEATH, measured=Measured(at=ago(minutes=10), readings=readings)))

        assert link.text == "not known: what held the memory; unreclaimable slab was not measured"


class TestCulprit:
    """Who held it."""

    def test_nobody_is_said_with_the_reason(self) -> None:
        """As the fleet's conclusion has it."""
        assert last(replace(DEATH, culprit=None, why_nobody="every node is affected")).text == (
            "not known: what holds it: every node is affected"
        )
        assert last(replace(DEATH, culprit=None)).text == "not known: what holds it"

    @pytest.mark.parametrize("strength", [Strength.PRESENT, Strength.ABANDONED])
    def test_mere_presence_names_no_likely_cause(self, strength: Strength) -> None:
        """Of anything."""
        link = last(replace(DEATH, culprit=weaker(strength)))

        assert not link.is_known
        assert (
            link.text == "not known: what holds it; DaemonSet weave/weave-scope-agent runs there, which proves nothing"
        )

    def test_a_correlation_is_reported_as_one(self) -> None:
        """How it does it was not seen."""
        assert last(replace(DEATH, culprit=weaker(Strength.CORRELATES))).text == (
            "DaemonSet weave/weave-scope-agent runs on the nodes that have this and on no other; how it does it was "
            "not seen, found 9 min after the node became NotReady"
        )

    def test_what_was_found_hours_later_counts_where_the_slab_was_there_already(self) -> None:
        """A leak only grows."""
        late = replace(DEATH, found_at=NOW + timedelta(hours=5))
        link = last(late)

        assert link.is_known
        assert link.text.endswith(
            "in unread socket buffers, found 5 h 9 min after the node became NotReady; 100% of it was there then"
        )

    def test_what_was_found_hours_later_beside_little_slab_then_does_not(self) -> None:
        """It may have been something else."""
        then = replace(STARVING, slab_unreclaimable_bytes=1000 << 20)
        late = replace(DEATH, found_at=NOW + timedelta(hours=5), measured=Measured(at=ago(minutes=10), readings=then))
        link = last(late)

        assert not link.is_known
        assert link.text == (
            "not known: what held it then; 5 h 9 min after the node became NotReady it is DaemonSet "
            "weave/weave-scope-agent, and how much "
            "was there before was not seen"
        )


class TestLearned:
    """What only a later scan knew."""

    KNOWN = Learned(at=NOW + timedelta(hours=5), culprit=AGENT, held_bytes=2 * GIB, now=STARVING)

    def test_it_is_told_with_when_it_was_learnt(self) -> None:
        """Where as much slab was there then."""
        assert last(replace(DEATH, culprit=None, held_bytes=None, learned=self.KNOWN)).text.endswith(
            "holds 2.0 GiB of it in unread socket buffers, found 5 h 9 min after the node became NotReady; 100% of it "
            "was there then"
        )

    def test_it_changes_nothing_of_what_was_known(self) -> None:
        """Neither another culprit nor a story in which memory has no part."""
        other = replace(self.KNOWN, culprit=replace(AGENT, name="other/agent"))
        kill = Noted(rule="oom_kill_pod", severity=Severity.INFO, cause=Cause.UNATTRIBUTED, text=f"killed: {TITLE}")
        killed = replace(DEATH, end=end(Ending.OOM_KILLED, ago(minutes=4)), findings=(kill,), culprit=None)

        assert behind(replace(DEATH, learned=other)) == behind(DEATH)
        assert behind(replace(killed, learned=other)) == behind(killed)


class TestEvicted:
    """By the kubelet, which is not silent."""

    def test_for_memory_the_chain_goes_on_with_the_node_s_memory(self) -> None:
        """From the eviction itself."""
        evicted = end(Ending.EVICTED, ago(minutes=4), message="The node was low on resource: memory.")
        found = behind(replace(DEATH, end=evicted, silence=None))

        assert len(found) == 3
        assert found[0].endswith("(6 min before the termination)")

    def test_for_something_else_it_ends(self) -> None:
        """A full disk has nothing to do with slab."""
        evicted = end(Ending.EVICTED, ago(minutes=4), message="The node was low on resource: ephemeral-storage.")

        assert behind(replace(DEATH, end=evicted)) == [
            "the node was short of something other than memory, so the node's memory is not the cause"
        ]
        hog = "The node was low on resource: ephemeral-storage. Container memory-hog was using 3Gi, request is 0. "
        assert behind(replace(DEATH, end=replace(evicted, message=hog))) == behind(replace(DEATH, end=evicted))
        assert behind(replace(DEATH, end=end(Ending.EVICTED))) == [
            "not known: of what the node was short; Kubernetes does not say"
        ]


SYSTEM_OOM = replace(
    node_event("SystemOOM", ago(minutes=4)),
    message="System OOM encountered, victim process: app, pid: 47",
    source="kubelet",
)


TITLE = DEATH.end.title


class TestKilledKubelet:
    """Why a node fell silent."""

    def test_at_the_limit_of_its_reserve_no_pod_is_the_cause(self) -> None:
        """The node had memory left, whatever its slab was."""
        kill = OomKill(age_seconds=0, scope=Scope.SERVICE, limit="/podruntime.slice", service="kubelet")
        early, late, other = (
            KernelKill(at=ago(minutes=15), kill=kill),
            KernelKill(at=ago(minutes=10), kill=kill),
            KernelKill(at=ago(minutes=9), kill=OomKill(age_seconds=0, scope=Scope.ALLOCATABLE, command="java")),
        )

        assert behind(replace(DEATH, oom_kills=(early, late, other)))[1:] == [
            (
                "the kernel killed kubelet (1 min before the node became NotReady) at the memory limit of "
                "/podruntime.slice; the node itself was not out of memory, and no pod is the cause"
            )
        ]
        assert behind(replace(DEATH, oom_kills=(early,))) == behind(DEATH)

    def test_with_the_node_out_of_memory_the_slab_is_asked_for(self) -> None:
        """The kubelet was the victim."""
        kill = OomKill(age_seconds=0, scope=Scope.NODE, service="kubelet")
        found = behind(replace(DEATH, oom_kills=(KernelKill(at=ago(minutes=10), kill=kill),)))

        assert found[1] == (
            "the kernel killed kubelet (1 min before the node became NotReady): the node itself was out of memory"
        )
        assert found[2:] == behind(DEATH)[2:]


class TestOomKilled:
    """A container at its own limit is another timeline."""

    KILLED = replace(DEATH, end=end(Ending.OOM_KILLED, ago(minutes=4), message="container app, exit code 137"))

    def test_at_its_own_limit_the_node_is_no_part_of_it(self) -> None:
        """As the node's kernel log says of the pod, or an event does."""
        kill = Noted(
            rule="oom_kill_pod",
            severity=Severity.INFO,
            cause=Cause.UNATTRIBUTED,
            text=f"1 process killed at a memory limit: {DEATH.end.title}",
        )
        logged = replace(self.KILLED, findings=(SLAB, kill))
        own = "it reached its own memory limit; the node is not the cause"

        assert behind(logged) == [f"{own}: 1 process killed at a memory limit: {DEATH.end.title}"]

    def test_the_event_of_a_full_cgroup_does_not_say_which(self) -> None:
        """node-problem-detector repeats the victim's line, which is the same at the limit of all pods."""
        reported = replace(
            self.KILLED, events=(pod_event("OOMKilling", ago(minutes=4), message="Memory cgroup out of memory"),)
        )

        assert behind(reported) == [
            "not known: whether it reached its own limit or all pods together theirs; the event does not say which"
        ]

    @pytest.mark.parametrize(
        ("kill", "text"),
        [
            (
                OomKill(age_seconds=0, scope=Scope.OWN, limit="/pod1", command="app", pod=TITLE),
                f"it reached its own memory limit; the node is not the cause: the kernel killed app of pod {TITLE}",
            ),
            (
                OomKill(age_seconds=0, scope=Scope.ALLOCATABLE, limit="/kubepods.slice", command="app", pod=TITLE),
                (
                    "all pods of its node together reached the memory limit of kubepods.slice, not this one its own: "
                    f"the kernel killed app of pod {TITLE}"
                ),
            ),
            (
                OomKill(age_seconds=0, scope=Scope.OTHER, limit="/kind", command="app", pod=TITLE),
                f"the limit of /kind was reached, not its own: the kernel killed app of pod {TITLE}",
            ),
            (
                OomKill(age_seconds=0, scope=Scope.UNKNOWN, command="app", pod=TITLE),
                (
                    "not known: whether it reached its own limit or all pods together theirs; the kernel killed app of "
                    f"pod {TITLE}, and the kernel log does not show whose limit was reached"
                ),
            ),
            (
                OomKill(age_seconds=0, scope=Scope.OWN, limit="/pod1", command="app", pod="live/another-0"),
                (
                    "not known: whether it reached its own limit or the node was out of memory; neither the kernel log "
                    "nor an event says"
                ),
            ),
        ],
        ids=["own", "all pods", "other", "unknown", "another pod"],
    )
    def test_its_own_kill_says_whose_limit_was_reached(self, kill: OomKill, text: str) -> None:
        """Whatever findings its node has: they may be of another time of the day."""
        of_node = Noted(
            rule="oom_kill_node", severity=Severity.CRITICAL, cause=Cause.UNATTRIBUTED, text="1 process was killed"
        )
        seen = KernelKill(at=ago(minutes=4, seconds=20), kill=kill)

        assert behind(replace(self.KILLED, findings=(of_node,), oom_kills=(seen,))) == [text]

    def test_at_the_limit_of_all_pods_the_finding_says_which_are_the_largest(self) -> None:
        """Its own pod's limit did not count; without the kill the finding of an older version is what is left."""
        noted = Noted(
            rule="oom_kill_allocatable",
            severity=Severity.WARNING,
            cause=Cause.UNATTRIBUTED,
            text=f"java of pod {TITLE}; the largest pods now: live/big-0 2.0 GiB",
        )
        kill = OomKill(age_seconds=0, scope=Scope.ALLOCATABLE, limit="/kubepods", command="java", pod_uid="u1")
        seen = replace(
            self.KILLED,
            end=replace(self.KILLED.end, uid="u1"),
            findings=(noted,),
            oom_kills=(KernelKill(at=ago(minutes=4), kill=kill),),
        )

        assert behind(seen) == [
            (
                "all pods of its node together reached the memory limit of kubepods, not this one its own: the kernel "
                f"killed java; {noted.text}"
            )
        ]
        assert behind(replace(self.KILLED, findings=(noted,))) == [
            f"all pods of its node together reached their memory limit, not this one its own: {noted.text}"
        ]

    def test_a_node_that_was_out_of_memory_then_is_the_cause_whatever_it_killed(self) -> None:
        """The pod's own line may have been pushed out of the log; at another time it says nothing."""
        of_node = OomKill(age_seconds=0, scope=Scope.NODE, command="java", pod="live/another-0")
        then, before = (KernelKill(at=ago(minutes=minutes), kill=of_node) for minutes in (5, 30))

        assert behind(replace(self.KILLED, oom_kills=(then,)))[:1] == [
            "the node itself was out of memory: the kernel killed java of pod live/another-0"
        ]
        assert len(behind(replace(self.KILLED, findings=(SLAB,), oom_kills=(then,)))) == 3
        assert behind(replace(self.KILLED, oom_kills=(before,)))[0].startswith("not known: whether it reached its own")

    def test_what_the_kubelet_says_of_its_node_is_no_proof(self) -> None:
        """It repeats old kills when it starts, and may say it of a kill at a pod's limit."""
        assert behind(replace(self.KILLED, findings=(SLAB,), events=(SYSTEM_OOM,))) == [
            (
                "not known: whether it reached its own limit or the node was out of memory; its kubelet said SystemOOM "
                '("System OOM encountered, victim process: app, pid: 47"), which without the kernel\'s own line proves '
                "neither"
            )
        ]

    def test_a_pod_whose_name_begins_with_this_one_s_is_another(self) -> None:
        """As main-1 and main-10 of a StatefulSet."""
        noted = Noted(
            rule="oom_kill_pod", severity=Severity.INFO, cause=Cause.UNATTRIBUTED, text=f"java of pod {TITLE}0"
        )

        assert behind(replace(self.KILLED, findings=(noted,)))[0].startswith("not known: whether")

    def test_where_nothing_separates_the_two_that_is_said(self) -> None:
        """However affected the node is."""
        (found,) = behind(self.KILLED)

        assert found == (
            "not known: whether it reached its own limit or the node was out of memory; neither the kernel log "
            "nor an event says"
        )

    def test_with_the_node_out_of_memory_the_slab_is_asked_for(self) -> None:
        """And what holds it."""
        of_node = Noted(
            rule="oom_kill_node", severity=Severity.CRITICAL, cause=Cause.UNATTRIBUTED, text="1 process was killed"
        )
        found = behind(replace(self.KILLED, findings=(SLAB, of_node)))

        assert found[0] == "the node itself was out of memory: 1 process was killed"
        assert len(found) == 3
        assert len(behind(replace(self.KILLED, findings=(SLAB, of_node), found_at=NOW + timedelta(hours=2)))) == 1
        assert behind(replace(self.KILLED, findings=(of_node,), measured=None))[-1] == (
            "not known: what held the memory; no scan measured the node within 1 h of it"
        )


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (
            end(Ending.OWN_DISK_LIMIT, message='Usage of EmptyDir volume "memory" exceeds the limit "1Gi". '),
            [
                (
                    "the kubelet evicted it: it was over its own disk limit "
                    '("Usage of EmptyDir volume "memory" exceeds the limit "1Gi". ")'
                ),
                "the node is not the cause: the limit is the pod's own",
            ],
        ),
        (
            end(Ending.REFUSED, message="The node had condition: [MemoryPressure]. "),
            [('it never ran: the kubelet of its node did not admit it ("The node had condition: [MemoryPressure]. ")')],
        ),
        (
            replace(end(Ending.DRAINED, message="Evicted pod: Underutilized"), by="karpenter"),
            ['it was drained from its node by karpenter ("Evicted pod: Underutilized")'],
        ),
        (
            replace(end(Ending.TAINTED), by="example.com/maintenance"),
            [
                "Kubernetes deleted it for a NoExecute taint of its node",
                "the node was not seen NotReady then; its other NoExecute taint is example.com/maintenance",
            ],
        ),
        (
            end(Ending.TAINTED),
            [
                "Kubernetes deleted it for a NoExecute taint of its node",
                "not known: which taint; no event and no condition shows that ip-10-0-37-118 was NotReady then",
            ],
        ),
        (
            end(Ending.NODE_GONE, message="PodGC: node no longer exists"),
            [
                'Kubernetes deleted it after its node, which no longer existed ("PodGC: node no longer exists")',
                "not known: why its node is gone; a node that was lost and one that was scaled in end alike",
            ],
        ),
    ],
    ids=["own disk limit", "refused", "drained", "another taint", "a taint", "node gone"],
)
def test_each_ending_is_told_as_what_it_is(ended: PodEnd, expected: list[str]) -> None:
    """A starved node that holds gigabytes is no part of any of them."""
    death = replace(DEATH, end=replace(ended, at=ago(minutes=4)), silence=None)

    assert [link.text for link in pod_timeline(death).links] == expected


def test_a_taint_on_a_node_that_is_not_known_may_have_been_that_of_a_lost_one() -> None:
    """Which is said."""
    assert behind(replace(DEATH, end=end(Ending.TAINTED, ago(minutes=4)), node="", silence=None)) == [
        "not known: on which node it was, so that it may have been NotReady; Kubernetes' event does not say"
    ]


@pytest.mark.parametrize("ending", [Ending.PREEMPTED, Ending.SHUT_DOWN])
def test_what_ends_in_order_has_nothing_behind_it(ending: Ending) -> None:
    """Nobody is looked for."""
    assert behind(replace(DEATH, end=end(ending, ago(minutes=4)))) == []


def test_a_time_that_kubernetes_does_not_report_is_said_to_be_ours() -> None:
    """It was seen then; it happened before."""
    assert pod_timeline(replace(DEATH, end=end(Ending.PREEMPTED))).links == (
        Link(
            text="it made room for a pod of a higher priority; Kubernetes gives no time, this is when it was first "
            "seen",
            at=ago(minutes=4),
        ),
    )


MOMENTS = st.integers(-120, 120).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(died_at=MOMENTS, begun_at=MOMENTS, measured_at=MOMENTS, found_at=MOMENTS, ending=st.sampled_from(Ending))
def test_a_timeline_is_reported_of_any_evidence_and_an_unknown_link_ends_it(
    died_at: object, begun_at: object, measured_at: object, found_at: object, ending: Ending
) -> None:
    """Whatever came when: no link follows one that is not known."""
    given_: dict[str, object] = {
        "end": end(ending),
        "died_at": died_at,
        "found_at": found_at,
        "silence": Silence(begun_at=begun_at),  # type: ignore[arg-type]  # a moment
        "measured": Measured(at=measured_at, readings=STARVING),  # type: ignore[arg-type]  # same
    }
    links = pod_timeline(replace(DEATH, **given_)).links  # type: ignore[arg-type]  # by name

    assert all(link.is_known for link in links[:-1])
