"""The rule pods_evicted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.procfs import kernel_log
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


@pytest.mark.parametrize(
    ("limit", "age_seconds", "severity"),
    [
        (None, 0, Severity.INFO),
        ("oom_memcg=/pod1c9a2b3d", 300, Severity.INFO),
        ("oom_memcg=/user.slice", 300, Severity.INFO),
        ("oom_memcg=/kubepods.slice", 300, Severity.WARNING),
        ("oom_memcg=/runtime.slice", 300, Severity.WARNING),
        ("global_oom", 300, Severity.WARNING),
        ("global_oom", 3601, Severity.INFO),
    ],
)
def test_a_container_that_was_oom_killed_wakes_nobody_unless_the_node_was_short(
    limit: str | None, age_seconds: int, severity: Severity
) -> None:
    """As for oom_kill_pod: OOMKilled alone does not say whose limit it was, the kernel log of that time does."""
    constraint = "NONE" if limit == "global_oom" else "MEMCG"
    line = f"oom_kill {age_seconds} oom-kill:constraint=CONSTRAINT_{constraint},{limit},task=java,pid=1"
    log = kernel_log.parse(f"read lines=9 oldest_age_seconds=1186000\n{line}")
    seen = view(ends=(end(Ending.OOM_KILLED, ago(minutes=5)),))
    expected = Evidence(
        severity=severity, text=f"1 pod in the last hour: 1 OOM-killed; {end().title}", measured=1.0, limit=1.0
    )

    assert expected == check(one_sample(seen) if limit is None else one_sample(seen, log))


def test_a_pod_over_its_own_disk_limit_wakes_nobody() -> None:
    """The node had room; beside a pod that was evicted for the node it is one more."""
    own, low = end(Ending.OWN_DISK_LIMIT, ago(minutes=5), name="own"), end(Ending.EVICTED, ago(minutes=4), name="low")
    expected = Evidence(
        severity=Severity.INFO,
        text="1 pod in the last hour: 1 evicted at its own disk limit; live/own",
        measured=1.0,
        limit=1.0,
    )

    assert check(node(own)) == expected
    both = check(node(own, low))
    assert both is not None
    assert both.severity is Severity.WARNING


@pytest.mark.parametrize(
    "ends",
    [
        (end(Ending.EVICTED, ago(hours=1)),),
        (end(Ending.PREEMPTED, ago(minutes=5)), end(Ending.SHUT_DOWN, ago(minutes=5))),
        tuple(end(one, ago(minutes=5)) for one in (Ending.DRAINED, Ending.REFUSED, Ending.TAINTED, Ending.NODE_GONE)),
        (),
    ],
    ids=["an hour ago", "made room, or ended with the node in order", "drained, never ran, tainted", "nobody"],
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
