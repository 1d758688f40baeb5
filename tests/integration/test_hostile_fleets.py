"""One node lies: no output says of the fleet, or of an object that runs elsewhere, what that node alone says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from fleetscan.bootstrap import recording as bootstrap
from fleetscan.capture.procfs.images import narrow_hash
from fleetscan.model import Report
from fleetscan.recorded import folder
from fleetscan.scan import pipeline
from fleetscan.settings import Settings
from tests.fixtures import hostile_fleets as made
from tests.fixtures.hostile_fleets import AWS_NODE, GUARD, GUARD_IMAGE, HUGE, LIAR, HostileFleet
from tests.fuzz.outputs import shown

HONEST = {number: made.well(GUARD_IMAGE) for number in range(1, 15)}
"""They run the agent that is framed, and it holds nothing."""
SCOPES = {number: made.well(made.SCOPE_IMAGE) for number in range(1, 14)}
SICK = {number: made.sick(number) for number in range(50, 53)}
"""The published incident: three nodes on which Scope's own sockets hold the buffers."""
TWIN = "weavey1rks/scope"
"""Whoever names an image so gives it the narrow hash of weaveworks/scope."""
DETAIL_OF_TWIN = f"""@end summary triggers=forced dropped=- unreadable=-
@containers
0a1b2c3d4e5f x/y a {TWIN}:1
@end detail"""

FRAMED = (
    "daemonset guard",
    "daemonset/guard",
    "DaemonSet payments/guard",
    "deployment guard",
    "-n payments delete pod guard",
)
AGENT = "kubectl -n weave delete daemonset weave-scope-agent"
MEMORY = "MemTotal: 4030464"


@dataclass(frozen=True, slots=True)
class Case:
    """A fleet, what no output may say of it, and what its text says."""

    fleet: HostileFleet
    wrong: tuple[str, ...]
    right: tuple[str, ...] = ()


def lied(text: str, **changes: str) -> str:
    """Return a forged capture with other sizes: of its memory, of a socket, of a cache, of a pod."""
    numbers = {"memory": "4030464", "socket": "1100800000", "cache": "1667384 1671168 1024", "pod": "67108864"}
    for what, number in changes.items():
        assert numbers[what] in text
        text = text.replace(numbers[what], number)
    return text


CASES = {
    "framed DaemonSet": Case(
        HostileFleet({**HONEST, LIAR: made.guard()}),
        FRAMED,
        ("ip-099 says that pod payments/guard-hpdkg holds 2.0 GiB", "spec.nodeName=ip-099.compute.internal,"),
    ),
    "framed DaemonSet, Kubernetes lists no such one": Case(
        HostileFleet(
            {**HONEST, LIAR: made.guard()}, daemonsets=[AWS_NODE], pods=[made.pod(LIAR, "payments/guard-hpdkg")]
        ),
        FRAMED,
        ("ip-099 says that pod payments/guard-hpdkg holds 2.0 GiB",),
    ),
    "framed DaemonSet that Kubernetes lists": Case(
        HostileFleet({**HONEST, LIAR: made.guard()}, daemonsets=[AWS_NODE, GUARD]),
        ("delete daemonset guard", "restart daemonset guard", "root cause: DaemonSet payments/guard"),
        ("this node alone says so, and 14 other nodes of the cluster show nothing of it",),
    ),
    "framed pod that Kubernetes does not list there": Case(
        HostileFleet({**HONEST, LIAR: made.guard()}, daemonsets=[AWS_NODE], pods=[made.pod(LIAR, "live/another")]),
        (*FRAMED, "-n payments delete", "-n payments get"),
        ("Kubernetes does not list the pod on this node", "No command is given for it."),
    ),
    "more than the node has": Case(
        HostileFleet({**HONEST, 50: made.sick(50), LIAR: lied(made.guard(), socket=HUGE)}),
        (*FRAMED, "PiB"),
        (
            "ip-050 says that pod weave/weave-scope-agent-hphbg holds 2.0 GiB",
            "what is unread in sockets is more than MemTotal 3.8 GiB",
        ),
    ),
    "more than the node has, against three who confirm each other": Case(
        HostileFleet({**SCOPES, **SICK, LIAR: lied(made.guard(), socket="4000000000")}),
        FRAMED,
        ("Probable root cause: DaemonSet weave/weave-scope-agent", AGENT),
    ),
    "more than any node has, and no word of its memory": Case(
        HostileFleet({**HONEST, LIAR: lied(made.guard(), socket=HUGE).replace(MEMORY, "")}), (*FRAMED, "PiB")
    ),
    "memory, caches and pods that no machine has": Case(
        HostileFleet(
            {
                **HONEST,
                97: lied(made.guard(97), memory=HUGE, socket=HUGE),
                98: lied(made.guard(98), cache=f"{HUGE} {HUGE} 1024"),
                LIAR: lied(made.guard(), pod=HUGE),
            }
        ),
        ("PiB",),
    ),
    "a healthy-looking node names the culprit's hash": Case(
        HostileFleet(
            {
                **SCOPES,
                **SICK,
                LIAR: made.well(TWIN).replace("@end summary triggers=-", DETAIL_OF_TWIN),
            }
        ),
        (TWIN,),
        ("weave/weave-scope-agent",),
    ),
    "the worst node drops the suffix": Case(
        HostileFleet({**SCOPES, **SICK, LIAR: made.sick(LIAR, pod="weave/weave-scope-agent")}),
        ("delete pod weave-scope-agent",),
        ("Probable root cause: DaemonSet weave/weave-scope-agent", AGENT),
    ),
    "the worst node names another image": Case(
        HostileFleet({**SCOPES, **SICK, LIAR: made.sick(LIAR, image="docker.io/forged/scope:1")}),
        ("delete pod weave-scope-agent", "image docker.io/forged/scope:1 (confidence"),
        ("Probable root cause: DaemonSet weave/weave-scope-agent", AGENT),
    ),
    "two nodes claim one pod": Case(
        HostileFleet({**SCOPES, 50: made.sick(50), LIAR: made.sick(LIAR, pod="weave/weave-scope-agent-hphbg")}),
        ("delete daemonset weave-scope-agent", "-n weave delete"),
        ("several nodes name the same pod",),
    ),
}


def scanned(fleet: HostileFleet, place: Path) -> Report:
    """Return the report of ``fleetscan replay``."""
    recording = folder.load(fleet.write(place / "fleet"))
    deadline = recording.scanned_at.timestamp() + 180
    return pipeline.scan(bootstrap.ports(recording, None), Settings(credit_refresh_seconds=0), deadline=deadline)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_one_node_does_not_speak_for_others(case: Case, tmp_path: Path) -> None:
    """In text, page, JSON, widget, and in the messages to mail, Slack and chats."""
    outputs = shown(scanned(case.fleet, tmp_path))
    said = {(name, words) for name, output in outputs.items() for words in case.wrong if words in joined(output)}
    text = joined(outputs["text, verbose"])

    assert said == set()
    assert [words for words in case.right if words not in text] == []


def test_the_published_incident_keeps_its_verdict(tmp_path: Path) -> None:
    """Three of sixteen nodes show it, which is enough: no outsider is needed to believe them."""
    report = scanned(HostileFleet({**SCOPES, **SICK}), tmp_path)
    outputs = shown(report)

    assert [(one.kind, one.name, len(one.nodes)) for one in report.culprits] == [
        ("daemonset", "weave/weave-scope-agent", 3)
    ]
    assert [name for name in ("text", "HTML", "message, body", "Slack") if AGENT not in joined(outputs[name])] == []


def test_the_twin_is_one() -> None:
    """Else the case proves nothing."""
    assert narrow_hash(TWIN) == narrow_hash("weaveworks/scope")


def joined(output: str) -> str:
    """Return an output without the breaks of its lines."""
    return " ".join(output.replace("\\\n", " ").split())
