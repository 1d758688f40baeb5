"""Who explains what is wrong: fleets made by hand, and what is concluded from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.fleet.root_cause import conclusions, root_causes
from fleetscan.model import CaptureStatus, Coverage, Diagnosis
from fleetscan.model.conclusion import RootCause, Strength, Unattributed
from fleetscan.model.finding import Cause, Evidence, Finding, Severity
from fleetscan.model.presence import Holder
from fleetscan.model.readings import Readings
from tests.fixtures.compared_fleet import (
    AGENT,
    DATADOG,
    EVERYWHERE,
    GIB,
    MIB,
    PAUSE,
    PODS,
    PROXY,
    SCOPE,
    SHOP,
    holder,
    node,
    pod_of,
    slab,
    suspect,
)

SCOPES = PODS[SCOPE]
WITH_SCOPE = (*EVERYWHERE, SCOPE)
WITH_AGENT = (*EVERYWHERE, AGENT)


def held(number: int, owner: str = SCOPES, image: str = SCOPE, share: float = 0.9, pod: str = "") -> Diagnosis:
    """Return an affected node on which a pod holds 1.8 GiB of 2 GiB of slab."""
    pod = pod or pod_of(owner, number)
    return node(
        number,
        (*EVERYWHERE, image),
        [slab(Cause.SOCKET_QUEUE, [suspect(pod, share, image)])],
        detail=True,
        holders=[holder(pod, int(share * 2 * GIB), image)],
    )


def incident() -> list[Diagnosis]:
    """Return three nodes on which the agent holds the buffers, and five on which it runs and holds nothing."""
    return [*(held(number) for number in range(3)), *(node(number, WITH_SCOPE) for number in range(3, 8))]


def apart(*, affected: int, healthy: int, group: str = "") -> list[Diagnosis]:
    """Return affected nodes that run an agent which the well ones do not run; nobody is seen holding anything."""
    finding = slab(Cause.NETWORK_KERNEL_LEAK)
    return [
        *(node(number, WITH_AGENT, [finding], detail=True, group=group) for number in range(affected)),
        *(node(100 + number) for number in range(healthy)),
    ]


def commands(found: RootCause) -> list[str]:
    """Return what its remedy says to run."""
    return [line.strip() for line in found.remedy.splitlines() if line.startswith("    ")]


def only_unattributed(diagnoses: list[Diagnosis]) -> Unattributed:
    """Return the one group that stays without a root cause."""
    (found,) = [conclusion.unattributed for conclusion in conclusions(diagnoses)]
    assert found is not None
    return found


def test_who_holds_the_buffers_is_the_root_cause_though_it_runs_everywhere() -> None:
    """The incident: every part of the conclusion."""
    expected = RootCause(
        kind="daemonset",
        name="weave/weave-scope-agent",
        strength=Strength.HOLDS,
        reason=(
            "holds 5.4 GiB of unread socket buffers on 3 of 3 affected nodes and on 0 of 5 others; that is 90% of "
            "the unreclaimable slab of these nodes; it runs on all 8 nodes, so its presence alone proves nothing; "
            "unmaintained since 2024 (confidence high); its age is unknown (needs access to the Kubernetes API)"
        ),
        cause=Cause.SOCKET_QUEUE,
        rules=("slab_unreclaimable_high",),
        nodes=("i-00000000", "i-00000001", "i-00000002"),
        remedy=(
            "    kubectl -n weave get daemonset weave-scope-agent -o yaml\nShows its configuration. That it is a "
            "DaemonSet is inferred from the names of its pods.\n    kubectl -n weave delete daemonset "
            "weave-scope-agent\nRemoves it from all nodes, if nobody needs it; the kernel frees its socket buffers "
            "at once."
        ),
        cluster="live",
        image=SCOPE,
        namespace="weave",
        workload="weave-scope-agent",
        share=int(0.9 * 2 * GIB) / (2 * GIB),
        held_bytes=3 * int(0.9 * 2 * GIB),
    )

    assert (expected,) == root_causes(incident())


def test_the_sum_of_its_queues_never_explains_more_than_there_is() -> None:
    """The kernel counts a clone in full: 3 GiB of queues beside 2 GiB of slab are all of it and no more."""
    affected = held(0)
    queues = replace(affected.presence, holders=(holder(pod_of(SCOPES, 0), 3 * GIB, SCOPE),))
    (found,) = root_causes([replace(affected, presence=queues)])

    assert (found.share, found.held_bytes) == (1.0, 2 * GIB)


def test_a_single_node_has_a_root_cause_too_but_no_daemonset() -> None:
    """One node has no "most nodes": the pod itself is looked at, and its owner with it."""
    (found,) = root_causes([held(0)])

    assert (found.kind, found.strength) == ("pod", Strength.HOLDS)
    selected = "pods --field-selector spec.nodeName=ip-0.internal,metadata.name=weave-scope-agent-bbbbb"
    assert commands(found) == [f"kubectl -n weave get {selected} -o yaml", f"kubectl -n weave delete {selected}"]


def test_one_who_holds_a_little_is_no_root_cause() -> None:
    """Less than a quarter on every node: a candidate, merely present."""
    found = only_unattributed([held(number, share=0.2) for number in range(3)])

    assert root_causes([held(number, share=0.2) for number in range(3)]) == ()
    assert [(one.name, one.strength) for one in found.candidates] == [
        ("weave/weave-scope-agent", Strength.PRESENT),
        ("weaveworks/scope", Strength.ABANDONED),
    ]


def test_two_who_hold_alike_are_both_named() -> None:
    """Equal evidence, equal words."""
    affected = []
    for number in range(3):
        one, two = pod_of("a/one", number), pod_of("b/two", number)
        both = [suspect(one, 0.5, "one:1"), suspect(two, 0.5, "two:1")]
        holders = [holder(one, GIB, "one:1"), holder(two, GIB, "two:1")]
        finding = slab(Cause.SOCKET_QUEUE, both)
        affected.append(node(number, (*EVERYWHERE, "one:1", "two:1"), [finding], holders=holders))
    found = root_causes(affected)

    assert [one.name for one in found] == ["a/one", "b/two"]
    assert len({one.reason for one in found}) == 1


def test_who_runs_on_the_affected_nodes_alone_is_the_root_cause() -> None:
    """Four of four and none of nine, at odds of 1 to 715, with nothing else that sets them apart."""
    (found,) = root_causes(apart(affected=4, healthy=9))
    reason = (
        "runs on 4 of 4 affected nodes and on 0 of 9 others; no other known property sets these nodes apart "
        "(correlation: what it holds was not measured); its age is unknown (needs access to the Kubernetes API)"
    )
    expected = ("acme/netmap", "pod", Strength.CORRELATES, reason, None)

    assert expected == (found.name, found.kind, found.strength, found.reason, found.share)
    assert "delete daemonset" not in found.remedy


@pytest.mark.parametrize(("naming", "expected"), [(2, [(AGENT, 4)]), (1, [])])
def test_a_repository_is_named_when_two_nodes_reported_its_name(naming: int, expected: list[tuple[str, int]]) -> None:
    """The other nodes sent hashes; what one node alone calls a hash is its own word."""
    fleet = apart(affected=4, healthy=9)
    silent = (replace(one, presence=replace(one.presence, images=())) for one in fleet[naming:])

    assert [(one.image, len(one.nodes)) for one in root_causes([*fleet[:naming], *silent])] == expected


def test_a_hash_without_a_name_names_no_likely_cause() -> None:
    """No node said what it is."""
    nameless = [replace(one, presence=replace(one.presence, images=())) for one in apart(affected=4, healthy=9)]

    assert root_causes(nameless) == ()


@pytest.mark.parametrize(("affected", "healthy"), [(1, 15), (2, 14), (3, 3), (14, 2)])
def test_a_few_nodes_prove_nothing(affected: int, healthy: int) -> None:
    """Fewer than three on a side, or odds that chance explains."""
    assert root_causes(apart(affected=affected, healthy=healthy)) == ()


def test_what_a_node_group_explains_as_well_is_no_proof() -> None:
    """All affected nodes and no other are of one node group: whatever is scheduled there correlates."""
    found = only_unattributed(apart(affected=4, healthy=9, group="spot"))

    assert found.reason == (
        "no process was found that holds the memory or the files; all affected nodes and no others have node group "
        "spot, so a workload that runs only there proves nothing"
    )
    (candidate,) = found.candidates
    assert candidate.reason == (
        "runs on 4 of 4 affected nodes and on 0 of 9 others; but these nodes also share node group spot, and the "
        "evidence cannot tell them apart; its age is unknown (needs access to the Kubernetes API)"
    )


def test_two_who_correlate_alike_are_both_candidates_and_neither_is_the_root_cause() -> None:
    """Nothing sets them apart, so nothing is attributed; both are named with the same words."""
    finding = slab(Cause.NETWORK_KERNEL_LEAK)
    affected = [node(number, (*WITH_AGENT, SCOPE), [finding], detail=True) for number in range(4)]
    found = only_unattributed([*affected, *(node(100 + number) for number in range(9))])
    reported = [(one.name, one.strength) for one in found.candidates]

    assert reported == [
        ("acme/netmap", Strength.CORRELATES),
        ("weave/weave-scope-agent", Strength.CORRELATES),
        ("weaveworks/scope", Strength.ABANDONED),
    ]
    assert {one.reason.split("; ")[0] for one in found.candidates[:2]} == {
        "runs on 4 of 4 affected nodes and on 0 of 9 others"
    }


def test_what_all_nodes_run_proves_nothing() -> None:
    """Fall back to what else is known: nobody holds, the age is unknown, one is abandoned. No root cause."""
    finding = slab(Cause.NETWORK_KERNEL_LEAK)
    affected = [node(number, WITH_SCOPE, [finding], detail=True) for number in range(4)]
    found = only_unattributed([*affected, *(node(100 + number, WITH_SCOPE) for number in range(9))])

    assert found.reason == (
        "no process was found that holds the memory or the files; no image runs on the affected nodes alone, and the "
        "4 that run on every node prove nothing"
    )
    (candidate,) = found.candidates
    assert candidate.strength is Strength.ABANDONED
    assert candidate.reason == (
        "unmaintained since 2024; runs on 4 of 4 affected nodes and on 9 of 9 others; its presence alone proves "
        "nothing; its age is unknown (needs access to the Kubernetes API)"
    )


def test_where_every_node_is_affected_there_is_nothing_to_compare_with() -> None:
    """16 of 16 is no evidence without a node that is well."""
    found = only_unattributed(apart(affected=5, healthy=0))

    assert found.reason == (
        "no process was found that holds the memory or the files; every node is affected, so what runs there proves "
        "nothing"
    )


@pytest.mark.parametrize("image", [PROXY, PAUSE, "mirror.example/eks/kube-proxy:v1.29.10"])
def test_the_cluster_s_own_images_are_not_a_likely_cause_by_where_they_run(image: str) -> None:
    """Even where they run on the affected nodes alone."""
    finding = slab(Cause.NETWORK_KERNEL_LEAK)
    affected = [node(number, (SHOP, image), [finding], detail=True) for number in range(4)]

    assert root_causes([*affected, *(node(100 + number, (SHOP,)) for number in range(9))]) == ()


def test_the_cluster_s_own_daemonset_that_holds_is_named_but_not_deleted() -> None:
    """kube-proxy is started anew."""
    affected = [held(number, PODS[PROXY], PROXY) for number in range(3)]
    (found,) = root_causes([*affected, node(9)])

    assert "kubectl -n kube-system rollout restart daemonset kube-proxy" in found.remedy
    assert "delete" not in found.remedy


def test_a_known_capture_agent_that_holds_much_is_the_root_cause_with_its_purpose() -> None:
    """It is needed, so it is started anew."""
    affected = [held(number, "monitoring/datadog", DATADOG) for number in range(3)]
    (found,) = root_causes(affected)

    assert "a known capture agent: network monitoring by Datadog's system-probe" in found.reason
    assert "rollout restart daemonset datadog" in found.remedy


def test_a_process_of_the_host_has_no_pod_to_look_at() -> None:
    """Its command is what there is."""
    finding = slab(Cause.SOCKET_QUEUE, [suspect("conntrackd", 0.9, kind="process")])
    affected = node(0, findings=[finding], holders=[Holder(command="conntrackd", held_bytes=2 * GIB)])
    (found,) = root_causes([affected])

    assert (found.kind, found.name, found.held_bytes) == ("process", "conntrackd", 2 * GIB)
    assert "ps -C conntrackd -o pid,ppid,lstart,args" in found.remedy


@pytest.mark.parametrize(
    "name",
    [
        "weave/agent;reboot-x7k2p",
        "$(reboot)/agent-x7k2p",
        "-n/--all-x7k2p",
        "weave/agent`id`-x7k2p",
        "Weave/Agent-x7k2p",
        "no-slash",
        "/",
        "a/" + "b" * 300,
    ],
)
def test_a_hostile_name_gets_into_no_command(name: str) -> None:
    """A node chose it; what Kubernetes would not accept is not filled in."""
    (found,) = root_causes([held(0, pod=name)])

    assert commands(found) == ["kubectl get daemonsets,deployments,statefulsets --all-namespaces -o wide"]


def test_a_hostile_command_gets_into_no_command_either() -> None:
    """A process may call itself anything."""
    finding = slab(Cause.SOCKET_QUEUE, [suspect("a;reboot", 0.9, kind="process")])
    (found,) = root_causes([node(0, findings=[finding], holders=[Holder(command="a;reboot", held_bytes=2 * GIB)])])

    assert "    " not in found.remedy


def test_unknown_is_not_absent() -> None:
    """Nodes that did not report their images count on neither side."""
    fleet = [*apart(affected=4, healthy=9), *(node(200 + number, None) for number in range(5))]
    (found,) = root_causes(fleet)

    assert found.reason.startswith("runs on 4 of 4 affected nodes and on 0 of 9 others")


def test_clusters_are_not_mixed() -> None:
    """Two clusters differ in everything at once: their nodes are not compared."""
    affected = [node(number, WITH_AGENT, [slab()], detail=True) for number in range(4)]

    assert root_causes([*affected, *(node(100 + number, cluster="other") for number in range(9))]) == ()


def test_information_and_silence_make_no_group() -> None:
    """Only warnings of nodes that answered."""
    silent = replace(held(1), coverage=Coverage(status=CaptureStatus.TIMED_OUT))

    assert conclusions([node(0, findings=[slab(severity=Severity.INFO)]), silent]) == ()


def test_symptoms_alone_are_nobody_s() -> None:
    """Pressure without a cause below it is for the tools that show pods."""
    evidence = Evidence(severity=Severity.CRITICAL, text="99%", measured=99, limit=60)
    pressed = Finding(rule="memory_pressure_high", title="Pressure", remedy="", evidence=evidence)

    assert conclusions([node(number, findings=[pressed]) for number in range(3)]) == ()


def test_the_strongest_evidence_comes_first() -> None:
    """Who holds stands before who correlates, whatever the number of nodes."""
    elsewhere = [replace(one, node=replace(one.node, cluster="other")) for one in apart(affected=4, healthy=9)]
    found = root_causes([*elsewhere, held(50)])

    assert [one.strength for one in found] == [Strength.HOLDS, Strength.CORRELATES]


def test_files_that_a_process_holds_are_its_own() -> None:
    """Open files have no bytes; the share is the mean of what the rules measured."""
    evidence = Evidence(
        severity=Severity.WARNING,
        text="80%",
        measured=0.8,
        limit=0.7,
        cause=Cause.PROCESS_HOLDS_FILES,
        suspects=(suspect("live/shop-7d9c8b7f5-x2x9q", 0.6, SHOP),),
    )
    files = Finding(rule="files_nearly_exhausted", title="Files", remedy="", evidence=evidence)
    (found,) = root_causes([node(0, findings=[files], detail=True)])

    assert (found.kind, found.name, found.share, found.held_bytes) == ("deployment", "live/shop", 0.6, None)
    assert found.reason.startswith("holds open files on 1 of 1 affected nodes; that is 60% of all that is held on")
    assert commands(found)[1] == (
        "kubectl -n live delete pods --field-selector spec.nodeName=ip-0.internal,metadata.name=shop-7d9c8b7f5-x2x9q"
    )


def test_a_thousand_nodes_are_compared_at_once() -> None:
    """Forty images each, a hundred affected: whoever holds is found."""
    many = tuple(f"registry.example/app{number}:1" for number in range(40))
    affected = [held(number) for number in range(100)]
    healthy = [
        node(1000 + number, (*EVERYWHERE, *many, SCOPE), holders=[holder("a/b-x7k2p", MIB)]) for number in range(900)
    ]
    (found,) = root_causes([*affected, *healthy])

    assert (found.name, len(found.nodes)) == ("weave/weave-scope-agent", 100)


class TestOneWitness:
    """One node must not speak for others, and nobody decides alone what others run."""

    def test_against_many_silent_nodes_it_is_that_node_s_word(self) -> None:
        """No DaemonSet, no command for anything that runs elsewhere, and not more than medium confidence."""
        (found,) = root_causes([held(0), *(node(number, WITH_SCOPE) for number in range(1, 15))])

        assert (found.kind, found.name, found.is_confirmed) == ("pod", "weave/weave-scope-agent-bbbbb", False)
        assert "this node alone says so, and 14 other nodes of the cluster show nothing of it" in found.reason
        assert all("spec.nodeName=ip-0.internal" in command for command in commands(found))
        assert found.remedy.endswith("This is for the node that says so alone.")

    def test_two_are_believed(self) -> None:
        """Of the same fourteen."""
        (found,) = root_causes([held(0), held(1), *(node(number, WITH_SCOPE) for number in range(2, 15))])

        assert (found.kind, found.is_confirmed) == ("daemonset", True)
        assert "kubectl -n weave delete daemonset weave-scope-agent" in commands(found)

    @pytest.mark.parametrize(
        "pod", ["weave/weave-scope-agent", "weave/weave-scope-agent-6c9f7d5b8-x2x9q", "weave/weave-scope-agent-0"]
    )
    def test_the_wording_of_the_worst_node_does_not_decide_for_the_others(self, pod: str) -> None:
        """It stands first, holds most, and names a pod without a suffix, of a Deployment or of a StatefulSet."""
        forged = held(50, pod=pod, image="forged/agent:1", share=1.0)
        found = root_causes([forged, *incident()])

        assert [(one.kind, one.is_confirmed, one.image) for one in found] == [
            ("daemonset", True, SCOPE),
            ("pod", False, "forged/agent:1"),
        ]
        assert "kubectl -n weave delete daemonset weave-scope-agent" in commands(found[0])

    @pytest.mark.parametrize("image", ["forged/agent:1", PROXY, DATADOG])
    def test_neither_does_the_image_that_it_names(self, image: str) -> None:
        """One that runs nowhere else, or one that is never deleted."""
        (found,) = root_causes([held(50, image=image, share=1.0), *incident()])

        assert (found.kind, found.image) == ("daemonset", SCOPE)
        assert "kubectl -n weave delete daemonset weave-scope-agent" in commands(found)

    def test_who_claims_the_pod_of_another_node_makes_no_second_witness(self) -> None:
        """A pod runs on one node: one of the two lies, and it is not known which."""
        (found,) = root_causes(
            [held(0), held(1, pod=pod_of(SCOPES, 0)), *(node(number, WITH_SCOPE) for number in range(2, 9))]
        )

        assert (found.kind, found.is_confirmed, commands(found)) == ("pod", False, [])
        assert "several nodes name the same pod, which runs on one of them, so none of them is believed" in found.reason

    def test_what_others_confirm_stands_before_what_one_says_however_much(self) -> None:
        """60 GiB of slab on one node are that node's word."""
        liar = replace(held(50, "payments/guard", "guard:1"), readings=Readings(slab_unreclaimable_bytes=60 * GIB))
        queues = replace(liar.presence, holders=(holder(pod_of("payments/guard", 50), 60 * GIB, "guard:1"),))
        found = root_causes([replace(liar, presence=queues), *incident()])

        assert [one.name for one in found] == ["weave/weave-scope-agent", pod_of("payments/guard", 50)]

    def test_a_node_whose_name_is_none_gets_no_command(self) -> None:
        """Without it the pod would be deleted wherever it runs."""
        one = held(0)
        (found,) = root_causes([replace(one, node=replace(one.node, private_dns_name="x,metadata.name=y"))])

        assert commands(found) == ["kubectl get daemonsets,deployments,statefulsets --all-namespaces -o wide"]
