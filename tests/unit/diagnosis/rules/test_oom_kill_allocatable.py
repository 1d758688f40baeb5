"""The rule oom_kill_allocatable: all pods together reached their limit, and the killed one need not have one."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import kernel_log, pods, slices, vmstat
from fleetscan.diagnosis.rules.oom_kill_allocatable import Limits, check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from tests.fixtures.windows import one_sample

UID = "0f1e2d3c-aaaa-bbbb-cccc-0123456789ab"
KILL = (
    f"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/kubepods.slice,task_memcg=/pod{UID}/abababababab,task=java,pid=51"
)
GROUP = f"Tasks in /pod{UID}/abababababab are going to be killed due to memory.oom.group set"
SLICES = slices.parse("kubepods.slice memory_bytes=3489234944 cpu_usec=811236540 memory_max=3489660928")
UNLIMITED = slices.parse("kubepods.slice memory_bytes=3489234944 memory_max=max\nsystem.slice memory_bytes=1")
REACHED = "because all pods together reached the memory limit of kubepods.slice (the node's allocatable memory"


def node(*newest_first: str, others: tuple[object, ...] = ()) -> Window:
    """Return a node with these lines in a kernel log of a fortnight."""
    return one_sample(kernel_log.parse("\n".join(["read lines=9 oldest_age_seconds=1186000", *newest_first])), *others)


def evidence(text: str, kills: int = 1) -> Evidence:
    """Return what is expected of so many kills."""
    severity = Severity.CRITICAL if kills > 1 else Severity.WARNING
    return Evidence(severity=severity, text=text, measured=float(kills), limit=float(min(kills, 2)))


def test_the_killed_pod_is_a_victim_and_may_have_no_limit() -> None:
    """One kill is a warning."""
    expected = evidence(
        f"the kernel OOM-killed 1 process within 24 h {REACHED}), the last 5 min ago: java of pod {UID}, which may "
        "have no limit of its own"
    )

    assert expected == check(node(f"oom_kill 300 {KILL}"))
    assert expected == check(node(f"oom_kill 300 {KILL}", others=(UNLIMITED,)))


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("max", "which has no limit of its own"),
        (str(2 << 30), "whose own limit of 2.0 GiB was not reached"),
    ],
)
def test_the_limit_the_pod_and_the_largest_pods_are_named(limit: str, words: str) -> None:
    """As far as the node shows them."""
    listed = pods.parse(
        f"total count=4\na1 live/small-0 {5 << 20} max burstable\n{UID} live/java-0 {1 << 30} {limit} burstable\n"
        f"a2 live/large-0 {2 << 30} max besteffort\na3 live/medium-0 {500 << 20} {512 << 20} guaranteed"
    )
    without = " without a limit" if limit == "max" else ""
    expected = evidence(
        f"the kernel OOM-killed 1 process within 24 h {REACHED}, 3.2 GiB), the last 5 min ago: java of pod "
        f"live/java-0, {words}; the largest pods now: live/large-0 2.0 GiB without a limit, live/java-0 1.0 GiB"
        f"{without}, live/medium-0 500 MiB"
    )

    assert expected == check(node(f"oom_kill 300 {KILL}", others=(SLICES, listed)))


def test_repeated_it_is_critical() -> None:
    """It was no single peak; a threshold says from how many on."""
    lines = (f"oom_kill 300 {KILL}", f"oom_kill 9000 {KILL}")
    expected = evidence(
        f"the kernel OOM-killed 2 processes within 24 h {REACHED}), the last 5 min ago: java of pod {UID}, which may "
        "have no limit of its own",
        kills=2,
    )

    assert expected == check(node(*lines))
    assert (found := check(node(*lines), Limits(critical_total=3))) is not None
    assert (found.severity, found.limit) == (Severity.WARNING, 1.0)


def test_the_processes_of_one_container_are_one_kill() -> None:
    """Kubernetes has them killed together; that is no repetition."""
    victims = [
        f"oom_victim 300 Memory cgroup out of memory: Killed process {pid} (sh) total-vm:4kB" for pid in (52, 53)
    ]
    expected = evidence(
        f"the kernel OOM-killed 3 processes within 24 h {REACHED}), the last 5 min ago: java of pod {UID}, which may "
        "have no limit of its own"
    )
    group = (*victims, f"oom_victim 300 {GROUP}", f"oom_kill 300 {KILL}")

    assert expected == check(node(*group))
    assert (found := check(node(*group, f"oom_kill 9000 {KILL}"))) is not None
    assert found.text.startswith("the kernel OOM-killed 4 processes in 2 OOM kills within 24 h ")


@pytest.mark.parametrize("qos", ["besteffort", "burstable"])
def test_a_qos_class_may_have_a_limit_of_its_own(qos: str) -> None:
    """Where the kubelet is told to keep memory for the others (qosReserved)."""
    name = f"kubepods-{qos}.slice"
    line = KILL.replace("oom_memcg=/kubepods.slice", f"oom_memcg=/kubepods.slice/{name}")
    expected = evidence(
        f"the kernel OOM-killed 1 process within 24 h because all {qos} pods together reached the memory limit of "
        f"{name}, the last 5 min ago: java of pod {UID}, which may have no limit of its own"
    )

    assert expected == check(node(f"oom_kill 300 {line}", others=(SLICES,)))


def test_a_process_of_no_known_pod_is_named_alone() -> None:
    """Below kubepods, and its path does not say where."""
    line = "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/kubepods,task=java,pid=51"
    expected = evidence(
        "the kernel OOM-killed 1 process within 24 h because all pods together reached the memory limit of kubepods "
        "(the node's allocatable memory), the last 5 min ago: java"
    )

    assert expected == check(node(f"oom_kill 300 {line}"))


@pytest.mark.parametrize("limit", ["/pod0f1e2d3c", "/pod0f1e2d3c/abababababab", "/runtime.slice", "/"])
def test_other_limits_are_other_rules(limit: str) -> None:
    """A pod's own, the services', the node's."""
    assert check(node(f"oom_kill 300 {KILL.replace('/kubepods.slice', limit)}")) is None


def test_without_a_log_the_rule_is_skipped() -> None:
    """Not collected is not "no kills"; a counter of zero is."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(Window(first=Sample(), last=Sample()))
    assert check(one_sample(vmstat.parse("oom_kill 0"))) is None
