"""The rule oom_kill_service: the node's own services reached the limit of their cgroup."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import kernel_log, vmstat
from fleetscan.diagnosis.rules.oom_kill_service import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from tests.fixtures.windows import one_sample

RESERVE = "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/podruntime.slice"
KUBELET = f"{RESERVE},task_memcg=/podruntime.slice/kubelet.service,task=kubelet,pid=989"
RUNC = f"{RESERVE},task_memcg=/podruntime.slice/docker.service,task=exe,pid=2131"


def node(*newest_first: str) -> Window:
    """Return a node with these lines in a kernel log of a fortnight."""
    return one_sample(kernel_log.parse("\n".join(["read lines=9 oldest_age_seconds=1186000", *newest_first])))


def evidence(text: str, killed: int = 1) -> Evidence:
    """Return a critical finding of so many kills."""
    return Evidence(severity=Severity.CRITICAL, text=text, measured=float(killed), limit=1.0)


def test_the_kubelet_at_its_reserve_is_critical_and_no_pod_is_at_fault() -> None:
    """amazon-eks-ami pull request 419: one kill is enough."""
    expected = evidence(
        "the kernel OOM-killed 1 process of the node's own services within 24 h at the memory limit of "
        "/podruntime.slice, the slice that is reserved for them (kubeReservedCgroup), the last 12 s ago: kubelet; no "
        "pod reached a limit"
    )

    assert expected == check(node(f"oom_kill 12 {KUBELET}"))


def test_each_service_is_named_once_the_newest_first() -> None:
    """With the process where it has another name than its service."""
    lines = (f"oom_kill 12 {RUNC}", f"oom_kill 20 {KUBELET}", f"oom_kill 90 {KUBELET.replace('989', '990')}")
    expected = evidence(
        "the kernel OOM-killed 3 processes of the node's own services within 24 h at the memory limit of "
        "/podruntime.slice, the slice that is reserved for them (kubeReservedCgroup), the last 12 s ago: exe of "
        "docker, kubelet; no pod reached a limit",
        killed=3,
    )

    assert expected == check(node(*lines))


@pytest.mark.parametrize(
    ("line", "limit"),
    [
        (
            KUBELET.replace("oom_memcg=/podruntime.slice,", "oom_memcg=/podruntime.slice/kubelet.service,"),
            "the memory limit of /podruntime.slice/kubelet.service (MemoryMax of the unit)",
        ),
        (
            KUBELET.replace("oom_memcg=/podruntime.slice,", "oom_memcg=/system.slice,"),
            "the memory limit of /system.slice, the slice that is reserved for them (systemReservedCgroup)",
        ),
        (
            KUBELET.replace("oom_memcg=/podruntime.slice,", ""),
            "a memory limit of /podruntime.slice/kubelet.service",
        ),
    ],
)
def test_the_limit_is_named_as_far_as_it_is_known(line: str, limit: str) -> None:
    """A unit's own, a reserve, or only where the process was."""
    expected = evidence(
        f"the kernel OOM-killed 1 process of the node's own services within 24 h at {limit}, the last 12 s ago: "
        "kubelet; no pod reached a limit"
    )

    assert expected == check(node(f"oom_kill 12 {line}"))


def test_a_victim_s_line_alone_is_enough_for_a_protected_kubelet() -> None:
    """No pod has -999."""
    victim = "Memory cgroup out of memory: Killed process 989 (kubelet) total-vm:856872kB, oom_score_adj:-999"
    expected = evidence(
        "the kernel OOM-killed 1 process of the node's own services within 24 h at a memory limit of theirs, the last "
        "12 s ago: kubelet; no pod reached a limit"
    )

    assert expected == check(node(f"oom_victim 12 {victim}"))


@pytest.mark.parametrize(
    "line",
    [
        "oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/runtime.slice/kubelet.service,task=kubelet,pid=989",
        "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/kubepods.slice,task_memcg=/kubepods.slice/a,task=kubelet,pid=9",
        "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/a.service,task_memcg=/a.service,task=a,pid=9",
    ],
)
def test_other_limits_are_other_rules(line: str) -> None:
    """The node's, that of all pods, and that of a unit which the node can do without."""
    assert check(node(f"oom_kill 12 {line}")) is None


def test_without_a_log_the_rule_is_skipped() -> None:
    """Not collected is not "no kills"; a counter of zero is."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(Window(first=Sample(), last=Sample()))
    assert check(one_sample(vmstat.parse("oom_kill 0"))) is None
