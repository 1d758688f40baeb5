"""Kubernetes' own view in every face: why pods died, and the audit of DaemonSets."""

from __future__ import annotations

import json as plain_json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fleetscan.fleet.daemonset_audit import audited
from fleetscan.model import Report, Severity
from fleetscan.model.death import Death
from fleetscan.model.in_cluster import NOT_ASKED
from fleetscan.model.kubernetes import Ending, Link, Manager, PodTimeline, Status
from fleetscan.model.observation import Observation
from fleetscan.render.html import kubernetes
from fleetscan.render.html import page as html
from fleetscan.render.json import report as json
from fleetscan.render.json import termination
from fleetscan.render.message import chat_notification, slack, sns
from fleetscan.render.text import kubernetes as text_kubernetes
from fleetscan.render.text import layout
from fleetscan.render.text import report as text
from fleetscan.render.text.blocks import Block
from fleetscan.render.text.detail import Detail
from fleetscan.render.text.termination import EVENTS, TERMINATIONS, explained
from fleetscan.render.words.coverage_words import coverage_sentences, skipped_sentences
from fleetscan.render.words.timeline_words import timelines
from fleetscan.terminations.evidence import deaths
from fleetscan.terminations.timeline import pod_timeline
from tests.fixtures.clusters import NOW, ago, daemonset, end, node_event, pod_event, ready, view
from tests.fixtures.dead_pods import AGENT, INSTANCE, affected, report

EVIL = (
    "<script>alert(1)</script>\"' \x1b[31mred\x1b[0m @everyone <!channel> \u202egnp.exe \u0627\u0644 \x00 a\r\n"
    "FAKE: all well\u2028next " + "A" * 10_000
)
KEPT = daemonset(
    "kube-system/aws-node",
    manager=Manager.EKS_ADDON,
    created_at=ago(days=640),
    changed_at=ago(days=58),
    images=("602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.18.5", "init:1"),
)
BY_HAND = daemonset("tools/debug", created_at=ago(hours=5), changed_at=None, changed_by="", images=(), ready=3)


def lines(*blocks: Block) -> list[str]:
    """Return blocks as lines of text."""
    return layout.squeezed(blocks)


@pytest.fixture
def reported() -> Report:
    """Three pods lost with one node, one of them evicted before; two DaemonSets by hand, one managed."""
    silent = view(
        instance_id=INSTANCE,
        condition=ready(Status.UNKNOWN, ago(minutes=9)),
        events=[node_event("NodeNotReady", ago(minutes=9))],
        ends=[end(Ending.NODE_LOST, ago(minutes=4), name=name, uid=name) for name in ("main-1", "main-2", "main-3")],
    )
    early = end(
        Ending.EVICTED, ago(minutes=30), name="batch-1", message="The node was low on resource: ephemeral-storage. "
    )
    made = report(affected(silent), ends=[early], daemonsets=[KEPT, BY_HAND, daemonset()])
    known = deaths(made, {})
    return replace(made, stories=tuple(pod_timeline(one) for one in known.every), audit=audited(made))


class TestText:
    """For a terminal, at three in the morning."""

    def test_terminations_and_audit_read_as_expected(self, reported: Report, golden: Callable[[str, str], str]) -> None:
        """Word for word."""
        actual = (
            "\n".join(lines(*text_kubernetes.pod_terminations(reported), "", *text_kubernetes.daemonsets(reported)))
            + "\n"
        )

        assert golden("kubernetes.txt", actual) == actual

    def test_the_timeline_stands_before_what_to_do(self, reported: Report) -> None:
        """Why comes first; the table of DaemonSets comes late."""
        shown = text.render(reported).splitlines()

        assert shown.index("Pod terminations (UTC)") < shown.index("Remedies (review each command before you run it)")
        assert "DaemonSets" in shown

    def test_a_report_without_it_has_neither(self) -> None:
        """No heading over nothing."""
        assert (text_kubernetes.pod_terminations(report()), text_kubernetes.daemonsets(report())) == ([], [])

    def test_more_timelines_than_two_are_counted(self, reported: Report) -> None:
        """With the command that says them; ``verbose`` says them all."""
        others = tuple(
            PodTimeline(cluster="live", end=end(Ending.SHUT_DOWN, name=f"pod-{each}"), links=(Link(text="x", at=NOW),))
            for each in range(3)
        )
        many = replace(reported, stories=reported.stories + others)

        assert lines(*text_kubernetes.pod_terminations(many))[-1] == "  and 3 more pods: fleetscan explain pod ..."
        assert (
            lines(*text_kubernetes.pod_terminations(many, Detail.BRIEF))[-1]
            == "  and 4 more pods: fleetscan explain pod ..."
        )
        assert "pod-2" in "\n".join(lines(*text_kubernetes.pod_terminations(many, Detail.VERBOSE)))

    def test_a_long_list_is_bounded(self, reported: Report) -> None:
        """Twelve rows, three of them with questions."""
        many = replace(reported, audit=reported.audit[:1] * 30)
        shown = lines(*text_kubernetes.daemonsets(many))

        assert "and 18 more DaemonSets" in shown
        assert shown[-1] == "and 27 more DaemonSets to review, see --verbose"
        assert len(lines(*text_kubernetes.daemonsets(many, Detail.VERBOSE))) > 60

    def test_of_several_clusters_each_is_named(self, reported: Report) -> None:
        """Every EKS cluster has the same DaemonSets; in text as on the page."""
        staging = tuple(replace(one, daemonset=replace(one.daemonset, cluster="staging")) for one in reported.audit)
        both = replace(reported, audit=reported.audit + staging)
        shown, page = "\n".join(lines(*text_kubernetes.daemonsets(both))), html.render(both)

        for where in ("live", "staging"):
            assert f"kube-system/aws-node in {where} " in shown
            assert f"weave/weave-scope-agent in {where}: Still needed?" in shown
            assert f"<strong>kube-system/aws-node in {where}</strong>" in page
        assert " in live" not in "\n".join(lines(*text_kubernetes.daemonsets(reported)))

    def test_on_a_screen_only_those_that_want_an_answer_are_shown(self, reported: Report) -> None:
        """And nothing where none of them does."""
        shown = lines(*text_kubernetes.daemonsets(reported, Detail.BRIEF))

        assert [line.split()[0] for line in shown[:2]] == ["DaemonSet", "weave/weave-scope-agent"]
        assert "and 2 more DaemonSets" in shown
        assert text_kubernetes.daemonsets(replace(reported, audit=reported.audit[1:]), Detail.BRIEF) == []

    def test_that_nobody_was_asked_is_said_once(self, reported: Report) -> None:
        """As a note, not again for each rule."""
        unasked = affected(None)
        skipped = replace(unasked, skipped={"node_not_ready": NOT_ASKED, "swap_thrashing": "no swap"})
        shown = text.render(replace(reported, diagnoses=(skipped,), notes=(NOT_ASKED,)))

        assert shown.count("no access to the Kubernetes API") == 1
        assert "swap_thrashing: no swap" in shown
        assert "node_not_ready" not in shown

    def test_which_clusters_answered_is_said_among_what_was_looked_at(self, reported: Report) -> None:
        """That nobody died is known only from one that did."""
        (live,) = reported.clusters
        part = replace(live, cluster="part", problems=("events: refused",))
        silent = [replace(part, cluster=name, is_answered=False) for name in ("a", "b")]

        assert "Kubernetes: 1 cluster responded" in coverage_sentences(reported)
        assert coverage_sentences(replace(reported, clusters=(live, part, *silent)))[-1] == (
            "Kubernetes: 1 cluster responded; 1 cluster responded in part; 2 clusters did not respond"
        )
        assert coverage_sentences(replace(reported, clusters=())) == coverage_sentences(reported)[:-1]

    def test_notes_that_find_no_room_are_counted(self, reported: Report) -> None:
        """Five lists of three clusters may be refused."""
        many = replace(reported, notes=tuple(f"note {each}." for each in range(15)))

        assert skipped_sentences(many)[11:13] == ("note 11.", "and 3 more notes: see --json")


class TestTales:
    """A node seldom takes one pod with it."""

    def test_pods_with_the_same_chain_behind_them_are_one_timeline(self, reported: Report) -> None:
        """The latest first; another ending is another timeline."""
        assert [(one.story.end.name, len(one.others)) for one in timelines(reported.stories)] == [
            ("main-3", 2),
            ("batch-1", 0),
        ]

    def test_deaths_with_nothing_behind_them_are_not_the_same(self) -> None:
        """Two pods that made room have nothing in common but that."""
        links = (Link(text="it made room for a pod of a higher priority", at=NOW),)
        several = [PodTimeline(cluster="live", end=end(Ending.PREEMPTED, name=one), links=links) for one in ("a", "b")]

        assert [one.others for one in timelines(several)] == [(), ()]


class TestHtml:
    """For a browser."""

    def test_terminations_and_audit_are_there(self, reported: Report) -> None:
        """As cards and a table with a label for each cell on a telephone."""
        page = html.render(reported)

        assert "<h2>Pod terminations</h2>" in page
        assert "<h2>DaemonSets</h2>" in page
        assert '<td data-label="Managed by">EKS add-on</td>' in page
        assert "same timeline: live/main-2, live/main-1" in page
        assert (
            "<strong>Still needed?</strong> Cannot be determined from the cluster; it holds 7.0 GiB on 3 nodes" in page
        )

    def test_a_report_without_it_has_neither(self) -> None:
        """No heading over nothing."""
        assert (kubernetes.pod_terminations(report()), kubernetes.daemonsets(report())) == ([], [])

    def test_many_are_bounded(self, reported: Report) -> None:
        """And the rest is counted."""
        others = tuple(
            PodTimeline(cluster="b", end=end(Ending.SHUT_DOWN, name=f"pod-{each}"), links=(Link(text="x"),))
            for each in range(9)
        )
        page = html.render(replace(reported, stories=reported.stories + others, audit=reported.audit * 30))

        assert "and 7 more pods: fleetscan explain pod NAMESPACE/NAME" in page
        assert "and 50 more DaemonSets" in page
        assert "live/main-3 and 2 more pods in live, 4 min ago" in page


class TestJson:
    """For programs: keys are a promise."""

    def test_what_the_clusters_said_is_one_object(self, reported: Report) -> None:
        """Whether they answered, the audit with its answers, and the timelines link by link."""
        found = plain_json.loads(json.render(reported))["kubernetes"]
        first = found["daemonsets"][0]

        assert found["clusters"] == [{"cluster": "live", "at": NOW.isoformat(), "answered": True, "problems": []}]
        assert (first["name"], first["standing"], first["manager"]) == ("weave-scope-agent", "holds", "nobody")
        assert (first["held_bytes"], first["held_on_nodes"]) == (AGENT.held_bytes, 3)
        assert first["answers"] == {
            "still_needed": "Cannot be determined from the cluster; it holds 7.0 GiB on 3 nodes",
            "maintained": "No: its image is unmaintained since 2024, and nobody manages it",
            "updated": "2y326d ago, by kubectl-client-side-apply",
        }
        assert [one["standing"] for one in found["daemonsets"]] == ["holds", "by_hand", "kept"]
        assert [link["known"] for link in found["stories"][0]["links"]] == [True] * 5

    def test_a_node_has_what_kubernetes_says_of_it(self, reported: Report) -> None:
        """Null where it was not asked."""
        nodes = plain_json.loads(json.render(replace(reported, diagnoses=(*reported.diagnoses, affected(None)))))[
            "nodes"
        ]

        assert nodes[1]["kubernetes"] is None
        assert nodes[0]["kubernetes"]["conditions"][0] == {
            "type": "Ready",
            "status": "Unknown",
            "since": ago(minutes=9).isoformat(),
            "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.",
        }
        assert [one["pod"] for one in nodes[0]["kubernetes"]["ends"]] == ["live/main-1", "live/main-2", "live/main-3"]


def test_a_message_says_why_pods_died(reported: Report) -> None:
    """Where it reports anything that is not over."""
    body = sns.body(reported)

    assert "POD TERMINATIONS (UTC)" in body
    assert body.index("POD TERMINATIONS") < body.index("NODES, WORST FIRST")

    (found,) = (
        text
        for block in slack.render(reported).blocks
        if "Pod terminations" in (text := block.get("text", {}).get("text", ""))
    )

    assert found.splitlines()[:3] == [
        "*Pod terminations (UTC): live/main-3 and 2 more pods, 4 min ago*",
        "\N{BULLET} 05:56:00 evidence: ip-10-0-37-118 NotReady since 05:56:00 UTC",
        (
            "\N{BULLET} 06:01:00 terminated: Kubernetes deleted it: its node was NotReady or unreachable. "
            "Not an OOM kill: the node's kernel had killed nothing for memory since its boot 87d before"
        ),
    ]


def test_a_chat_says_why_pods_died_and_ends_with_the_scan(reported: Report) -> None:
    """Of the latest death, after the nodes; the last line stays, however much is before it."""
    lines = plain_json.loads(chat_notification.render(reported))["content"]["description"].splitlines()
    place = lines.index("*Pod terminations (UTC): live/main-3 and 2 more pods, 4 min ago*")

    assert lines.index("*Nodes, worst first*") < place
    assert lines[place + 1] == "\N{BULLET} 05:56:00 evidence: ip-10-0-37-118 NotReady since 05:56:00 UTC"
    assert lines[-1].startswith("1 of 1 node responded; scan ")


class TestExplained:
    """The article's first question."""

    EVENT = pod_event("Evicted", ago(minutes=3))

    def test_a_death_is_reported_with_its_day(self, reported: Report, golden: Callable[[str, str], str]) -> None:
        """And what Kubernetes said of the pod, and from where all that is known."""
        events = (self.EVENT, replace(self.EVENT, uid="2", reason="FailedScheduling", count=3))
        actual = explained("live/main", reported.stories, events, ["table memory"], NOW + timedelta(hours=4))

        assert golden("explained.txt", actual) == actual

    def test_what_is_not_known_is_said_with_where_it_was_looked_for(self) -> None:
        """And what it would have taken."""
        assert explained("live/x", (), (), ["table memory", "the report"], NOW) == (
            "Nothing is known of live/x.\n"
            "\n"
            "Sources: table memory and the report. A termination is known only if a scan with access to the\n"
            "Kubernetes API ran while Kubernetes still kept its events, which is 60 minutes unless the cluster is\n"
            "set otherwise (docs/kubernetes-access.md says how to allow it); it is kept for 14 days.\n"
        )
        assert "No source: there is no report to read, and no table was named (--table)." in explained(
            "live/x", (), (), [], NOW
        )

    def test_events_alone_are_something(self) -> None:
        """A pod that lives may have been in danger."""
        said = explained("live/x", (), (self.EVENT, replace(self.EVENT, uid="b", name="y")), ["t"], NOW)

        assert said.startswith(
            "No termination of live/x is known.\n\n"
            "Kubernetes events\n"
            "-----------------\n"
            f"    01-15 06:02:00     {self.EVENT.name}, Evicted: Evicted of"
        )
        assert "    01-15 06:02:00     y, Evicted: Evicted of" in said
        assert "Sources: t. A termination is known only if" in said

    def test_a_pod_that_lives_is_reported_with_its_node(self, reported: Report) -> None:
        """Where it was seen and what is wrong there; beside the deaths of others it has a heading of its own."""
        seen = [
            Observation(
                pod=f"live/main-{each}",
                cluster="live",
                node="ip-10-0-37-118",
                at=ago(minutes=4),
                severity=Severity.CRITICAL if each == 0 else None,
                rules=("a", "b", "c", "d") if each == 0 else (),
            )
            for each in range(5)
        ]

        assert explained("live/main", (), (), ["t"], NOW, seen=seen).startswith(
            "No termination of live/main is known.\n"
            "live/main-0 was present when ip-10-0-37-118 was scanned, 4 min ago; the node is critical: a, b, c\n"
            "  and 1 more.\n"
            "live/main-1 was present when ip-10-0-37-118 was scanned, 4 min ago.\n"
            "live/main-2 was present when ip-10-0-37-118 was scanned, 4 min ago.\n"
            "and 2 more pods: see --json\n"
        )
        assert "\n\nPresent in the last scan\n---" in explained("live/", reported.stories, (), ["t"], NOW, seen=seen)

    def test_very_many_are_bounded(self, reported: Report) -> None:
        """All of them are in the JSON."""
        events = tuple(replace(self.EVENT, uid=str(each), message=f"m{each}") for each in range(EVENTS + 5))
        many = [replace(one, cluster=str(each)) for each in range(9) for one in reported.stories[:1]]
        shown = explained("live/", many, events, ["t"], NOW)

        assert f"and {9 - TERMINATIONS} more terminations: see --json" in shown
        assert "m4" not in shown

    def test_as_json_it_is_one_object(self, reported: Report) -> None:
        """With empty lists where nothing is known."""
        seen = Observation(
            pod="live/b", cluster="live", node="n", at=NOW, severity=Severity.WARNING, rules=("load_high",)
        )
        found = plain_json.loads(
            termination.render(
                "live/main", reported.stories[:1], (self.EVENT,), ["t"], seen=[seen], problems=["not asked"]
            )
        )

        assert (found["schema"], found["pod"], found["looked_in"]) == (1, "live/main", ["t"])
        assert found["problems"] == ["not asked"]
        assert found["seen"] == [
            {
                "pod": "live/b",
                "cluster": "live",
                "node": "n",
                "at": "2026-01-15T06:05:00+00:00",
                "severity": "warning",
                "rules": ["load_high"],
            }
        ]
        assert found["stories"][0]["pod"] == "live/main-3"
        assert found["events"][0]["reason"] == "Evicted"
        assert plain_json.loads(termination.render("a/b", (), (), []))["stories"] == []


@pytest.fixture
def hostile(reported: Report) -> Report:
    """Every string that an API server could have sent is an attack on whoever looks at it."""
    bad_end = end(Ending.NODE_LOST, ago(minutes=4), name=EVIL, node=EVIL, message=EVIL)
    given: dict[str, Any] = {
        "cluster": EVIL,
        "end": bad_end,
        "found_at": NOW,
        "died_at": NOW,
        "mark": EVIL,
        "node": EVIL,
        "why_nobody": EVIL,
    }
    bad = pod_timeline(Death(**given))
    sets = [
        daemonset(f"{EVIL}/{EVIL}", changed_by=EVIL, images=(EVIL,) * 3, cluster=EVIL, manager=one) for one in Manager
    ]
    seen = view(EVIL, condition=replace(ready(), reason=EVIL, message=EVIL), events=[pod_event(EVIL, NOW, name=EVIL)])
    made = report(affected(seen), daemonsets=sets)
    return replace(
        made, stories=(bad, *reported.stories), audit=tuple(replace(one, listed=EVIL) for one in audited(made))
    )


def test_a_hostile_cluster_moves_no_cursor_and_runs_no_script(hostile: Report) -> None:
    """In text, page, JSON, message and explanation; and nothing becomes longer than anybody reads."""
    shown = text.render(hostile, verbose=True)
    evil = Observation(pod=EVIL, cluster=EVIL, node=EVIL, at=NOW, severity=Severity.CRITICAL, rules=(EVIL,))
    said = explained(EVIL, hostile.stories, (pod_event(EVIL, NOW, name=EVIL, message=EVIL),), [EVIL], NOW, seen=[evil])
    every, mail = [*shown.splitlines(), *said.splitlines()], sns.body(hostile)
    page = html.render(hostile)

    assert [line for line in every if len(line) > 100 or not line.isprintable() or "\u0627" in line] == []
    assert [line for line in mail.splitlines() if not line.isprintable() or "\u0627" in line] == []
    assert len(mail) <= 8_000
    assert "<script" not in page
    assert "\x1b" not in page
    assert json.render(hostile).isascii()
    assert termination.render(EVIL, hostile.stories, (), [EVIL], seen=[evil], problems=[EVIL]).isascii()
    assert max(len(shown), len(said), len(page)) < 200_000
