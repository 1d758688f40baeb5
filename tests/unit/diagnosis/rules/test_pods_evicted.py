"""The rule pods_evicted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.diagnosis.rules.pods_evicted import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Severity, Window
from fleetscan.model.kubernetes import Ending, PodEnd
from tests.fixtures.clusters import ago, end, view
from tests.fixtures.windows import one_sample


def node(*ends: PodEnd) -> Window:
    """Return a node on which pods ended."""
    return one_sample(view(ends=ends))


def test_it_names_the_pods_and_suspects_nobody() -> None:
    """The latest first; who died is not to blame."""
    window = node(
        end(Ending.EVICTED, ago(minutes=50), name="first"),
        end(Ending.NODE_LOST, ago(minutes=20), name="second"),
        end(Ending.NODE_LOST, ago(minutes=19), name="third"),
        end(Ending.OOM_KILLED, None, name="fourth"),
    )
    expected = Evidence(
        severity=Severity.WARNING,
        text="4 pods in the last hour: 1 evicted by the kubelet, 2 deleted because the node was NotReady, 1 "
        "OOM-killed; live/fourth, live/third, live/second and 1 more",
        measured=4.0,
        limit=1.0,
    )

    assert expected == check(window)


def test_a_container_at_its_own_limit_wakes_nobody() -> None:
    """As for oom_kill_pod."""
    evidence = check(node(end(Ending.OOM_KILLED, ago(minutes=5))))

    assert evidence is not None
    assert evidence.severity is Severity.INFO
    assert evidence.text == f"1 pod in the last hour: 1 OOM-killed; {end().title}"


@pytest.mark.parametrize(
    "ends",
    [
        (end(Ending.EVICTED, ago(hours=1)),),
        (end(Ending.PREEMPTED, ago(minutes=5)), end(Ending.SHUT_DOWN, ago(minutes=5))),
        (),
    ],
    ids=["an hour ago", "made room, or ended with the node in order", "nobody"],
)
def test_the_others_are_healthy(ends: tuple[PodEnd, ...]) -> None:
    """What is remembered from earlier is reported as a timeline and rings no bell."""
    assert check(node(*ends)) is None


def test_missing_evidence_is_not_healthy() -> None:
    """Where Kubernetes was not asked."""
    with pytest.raises(AbsentError, match="NodeView"):
        check(one_sample())


def test_ends_that_could_not_be_read_are_not_none() -> None:
    """Nothing seen is then not well; an end that was seen counts nevertheless."""
    unread = replace(view(), why_no_ends="the events of pods could not all be read")
    seen = (end(Ending.EVICTED, ago(minutes=5)),)

    with pytest.raises(AbsentError, match="the events of pods could not all be read"):
        check(one_sample(unread))
    assert check(one_sample(replace(unread, ends=seen))) == check(node(*seen))
