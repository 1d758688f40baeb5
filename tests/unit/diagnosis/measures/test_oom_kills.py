"""OOM kills, each read from the kernel's own lines as the script shortens them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleetscan.capture.procfs import containers, kernel_log, pods, vmstat
from fleetscan.diagnosis.measures.oom_kills import is_of_container, oom_kills
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from fleetscan.model.kubernetes import Ending, NodeView, PodEnd, ScheduledPod, ScheduledPods
from fleetscan.model.oom import OomKill, Scope
from tests.fixtures.windows import one_sample

UID = "1c2d3e4f-55d0-4d7e-8f57-3c1a2f0e9d11"
ID = "9f" * 6
GROUP = f"/pod{UID}/{ID}"
LIMIT = f"/pod{UID[:8]}/{ID}"
AT_LIMIT = f"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg={LIMIT},task_memcg={GROUP},task=java,pid=47"
GLOBAL = "oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/system.slice/sshd.service,task=sshd,pid=11"
POD = "live/checkout-6c9f7d5b8-x2x9q"
NOW = datetime(2026, 1, 15, 6, 5, tzinfo=UTC)
SCHEDULED = ScheduledPods(pods=(ScheduledPod(namespace="live", name=POD.partition("/")[2], uid=UID),), at=NOW)
GONE = NodeView(
    name="ip-10-0-0-1",
    at=NOW,
    ends=(PodEnd(namespace="live", name=POD.partition("/")[2], ending=Ending.OOM_KILLED, uid=UID),),
)


def node(*newest_first: str, others: tuple[object, ...] = ()) -> Window:
    """Return a node with these lines in a kernel log of a fortnight."""
    return one_sample(kernel_log.parse("\n".join(["read lines=9 oldest_age_seconds=1186000", *newest_first])), *others)


def kill(**fields: object) -> OomKill:
    """Return the kill of the container at its limit, with what is different."""
    given: dict[str, object] = {
        "age_seconds": 60,
        "scope": Scope.OWN,
        "limit": LIMIT,
        "group": GROUP,
        "command": "java",
        "pid": 47,
        "pod": UID,
        "pod_uid": UID,
    }
    return OomKill(**{**given, **fields})  # type: ignore[arg-type]  # by name


def victim_alone(**fields: object) -> OomKill:
    """Return a kill of which the log has the victim's line alone."""
    return kill(**{"limit": None, "group": None, "pod": None, "pod_uid": None, **fields})


@pytest.mark.parametrize(
    ("others", "pod"),
    [
        pytest.param((), UID, id="the uid of its cgroup"),
        pytest.param((pods.parse(f"total count=1\n{UID} {POD} 1 2 burstable"),), POD, id="its pod is listed"),
        pytest.param((pods.parse(f"total count=1\n{UID} - 1 2 burstable"),), UID, id="listed without a name"),
        pytest.param((containers.parse(f"{ID} {POD} app shop:1 1"),), POD, id="its container is listed"),
        pytest.param((SCHEDULED,), POD, id="the Kubernetes API knows it"),
        pytest.param((GONE,), POD, id="the Kubernetes API knew it"),
    ],
)
def test_a_kill_at_a_limit_has_its_pod(others: tuple[object, ...], pod: str) -> None:
    """By name where the node or the Kubernetes API knows it, after the pod's end, too."""
    assert oom_kills(node(f"oom_kill 60 {AT_LIMIT}", others=others)) == (kill(pod=pod),)


def test_the_name_that_the_script_added_comes_first() -> None:
    """It was looked up when the pod was still there."""
    assert oom_kills(node(f"oom_kill 60 {AT_LIMIT},pod=live/other")) == (kill(pod="live/other"),)


@pytest.mark.parametrize(
    ("limit", "scope"),
    [
        ("/", Scope.NODE),
        ("/kubepods.slice", Scope.ALLOCATABLE),
        ("/kubepods", Scope.ALLOCATABLE),
        ("/kubepods.slice/kubepods-burstable.slice", Scope.ALLOCATABLE),
        ("/kubepods/besteffort", Scope.ALLOCATABLE),
        ("/kubelet.slice/kubelet-kubepods.slice", Scope.ALLOCATABLE),
        ("/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice", Scope.ALLOCATABLE),
        ("/pod1c2d3e4f", Scope.OWN),
        ("/pod1c2d3e4f/9f9f9f9f9f9f", Scope.OWN),
        (f"/kubepods/burstable/pod{UID}", Scope.OWN),
        ("/kubepods.slice/kubepods-pod1c2d3e4f_55d0_4d7e_8f57_3c1a2f0e9d11.slice", Scope.OWN),
        ("/podruntime.slice", Scope.SERVICE),
        ("/runtime.slice", Scope.SERVICE),
        ("/runtime", Scope.SERVICE),
        ("/system.slice", Scope.SERVICE),
        ("/kube-reserved.slice", Scope.SERVICE),
        ("/runtime.slice/kubelet.service", Scope.SERVICE),
        ("/system.slice/containerd.service", Scope.SERVICE),
        ("/system.slice/snap.kubelet-eks.daemon.service", Scope.SERVICE),
        ("/system.slice/amazon-ssm-agent.service", Scope.SERVICE),
        ("/system.slice/nginx.service", Scope.OTHER),
        ("/system.slice/docker-9f9f9f9f9f9f.scope", Scope.OTHER),
        ("/docker/9f9f9f9f9f9f", Scope.OTHER),
        ("/user.slice", Scope.OTHER),
        ("/my-kubepods-test.slice", Scope.OTHER),
    ],
)
def test_the_limit_that_was_reached_decides(limit: str, scope: Scope) -> None:
    """Whatever was killed there."""
    line = f"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg={limit},task_memcg={GROUP},task=java,pid=47"

    assert oom_kills(node(f"oom_kill 60 {line}")) == (kill(scope=scope, limit=limit),)


@pytest.mark.parametrize(
    ("group", "command", "scope", "service"),
    [
        ("/mine.slice/kubelet.service", "kubelet", Scope.SERVICE, "kubelet"),
        ("/mine.slice/snap.kubelet-eks.daemon.service", "kubelet-eks", Scope.SERVICE, "snap.kubelet-eks.daemon"),
        ("/mine.slice/amazon-ssm-agent.service", "amazon-ssm-agen", Scope.SERVICE, "amazon-ssm-agent"),
        ("/mine.slice/other.service", "other", Scope.OTHER, None),
        ("/mine.slice/docker-9f9f9f9f9f9f.scope", "kubelet", Scope.OTHER, None),
    ],
)
def test_a_slice_of_any_name_is_the_services_where_one_was_killed_in_it(
    group: str, command: str, scope: Scope, service: str | None
) -> None:
    """A kubelet in a container is not the node's own."""
    line = f"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/mine.slice,task_memcg={group},task={command},pid=47"
    expected = kill(
        scope=scope, limit="/mine.slice", group=group, command=command, pod=None, pod_uid=None, service=service
    )

    assert oom_kills(node(f"oom_kill 60 {line}")) == (expected,)


@pytest.mark.parametrize(
    ("group", "scope", "service"),
    [(GROUP, Scope.UNKNOWN, None), ("/runtime.slice/kubelet.service", Scope.SERVICE, "kubelet")],
)
def test_a_capture_of_the_first_version_does_not_name_the_limit(group: str, scope: Scope, service: str | None) -> None:
    """It was that of the task's own cgroup or of one above it: for a pod that leaves two, for a service it does not."""
    command = "kubelet" if service else "java"
    line = f"oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg={group},task={command},pid=47,uid=0"
    (found,) = oom_kills(node(f"oom_kill 60 {line}"))

    assert (found.scope, found.limit, found.service) == (scope, None, service)


@pytest.mark.parametrize(("age", "pid", "kills"), [(55, 47, 1), (54, 47, 2), (59, 48, 2)])
def test_the_victim_s_line_is_the_same_kill_within_seconds(age: int, pid: int, kills: int) -> None:
    """Of the same process; another process or another time is another kill."""
    victim = f"oom_victim {age} Memory cgroup out of memory: Killed process {pid} (java) total-vm:4kB"

    assert len(oom_kills(node(victim, f"oom_kill 60 {AT_LIMIT}"))) == kills


@pytest.mark.parametrize(
    ("line", "command", "scope", "service"),
    [
        ("Memory cgroup out of memory: Killed process 47 (java) total-vm:4kB", "java", Scope.UNKNOWN, None),
        ("Out of memory: Killed process 47 ((resolved)) total-vm:4kB", "(resolved)", Scope.NODE, None),
        ("Out of memory: Kill process 47 (a) b) score 600 or sacrifice child", "a) b", Scope.NODE, None),
        (
            "Memory cgroup out of memory: Killed process 47 (kubelet) total-vm:4kB, oom_score_adj:-999",
            "kubelet",
            Scope.SERVICE,
            "kubelet",
        ),
        (
            "Memory cgroup out of memory: Killed process 47 (kubelet) total-vm:4kB, oom_score_adj:985",
            "kubelet",
            Scope.UNKNOWN,
            "kubelet",
        ),
    ],
)
def test_a_victim_s_line_alone_says_whether_the_node_was_out_of_memory(
    line: str, command: str, scope: Scope, service: str | None
) -> None:
    """Of a cgroup it does not say which; only the node's own services are protected so much."""
    expected = victim_alone(scope=scope, command=command, service=service)

    assert oom_kills(node(f"oom_victim 60 {line}")) == (expected,)


def test_before_linux_5_0_the_last_line_names_the_victim() -> None:
    """The line before it may name its parent, and the first one says whose limit it was."""
    lines = (
        "oom_victim 60 Killed process 48 (sh) total-vm:4kB",
        "oom_kill 60 Memory cgroup out of memory: Kill process 47 (java) score 1968 or sacrifice child",
        f"oom_kill 61 Task in {GROUP} killed as a result of limit of /kubepods,pod={POD}",
    )
    expected = kill(scope=Scope.ALLOCATABLE, limit="/kubepods", command="sh", pid=48, pod=POD)

    assert oom_kills(node(*lines)) == (expected,)
    assert oom_kills(node(*lines[::2])) == (expected,)


def test_a_limit_that_was_reached_long_before_is_another_kill_s() -> None:
    """The kernel leaves the line out when it kills too often."""
    lines = (
        "oom_victim 60 Killed process 48 (sh) total-vm:4kB",
        "oom_kill 60 Memory cgroup out of memory: Kill process 47 (java) score 1968 or sacrifice child",
        f"oom_kill 66 Task in {GROUP} killed as a result of limit of /kubepods",
    )

    assert oom_kills(node(*lines)) == (victim_alone(scope=Scope.UNKNOWN, command="sh", pid=48),)


def test_the_node_s_kill_after_that_of_a_cgroup_is_one_of_its_own() -> None:
    """Also where all processes of the cgroup's container are being killed."""
    lines = (
        "oom_victim 58 Out of memory: Killed process 49 (node) total-vm:4kB",
        "oom_victim 59 Memory cgroup out of memory: Killed process 48 (sh) total-vm:4kB",
        f"oom_victim 60 Tasks in {GROUP} are going to be killed due to memory.oom.group set",
        "oom_victim 60 Memory cgroup out of memory: Killed process 47 (java) total-vm:4kB",
        f"oom_kill 60 {AT_LIMIT}",
    )
    of_node = victim_alone(age_seconds=58, scope=Scope.NODE, command="node", pid=49)

    assert oom_kills(node(*lines)) == (of_node, kill(processes=2))


def test_a_command_cannot_forge_the_limit() -> None:
    """It has 15 characters, and stands behind the paths."""
    line = f"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/kubepods,task_memcg={GROUP},task=,oom_memcg=/a,b,pid=47"

    assert oom_kills(node(f"oom_kill 60 {line}")) == (
        kill(scope=Scope.ALLOCATABLE, limit="/kubepods", command=",oom_memcg=/a,b"),
    )


@pytest.mark.parametrize(
    ("limit", "is_so"),
    [
        ("/pod1c2d3e4f/9f9f9f9f9f9f", True),
        ("/pod1c2d3e4f", False),
        (f"/kubepods/burstable/pod{UID}/{'9f' * 32}", True),
        ("/kubepods.slice/kubepods-pod1c2d3e4f_55d0_4d7e_8f57_3c1a2f0e9d11.slice", False),
        (None, False),
    ],
)
def test_a_container_s_limit_is_told_from_its_pod_s(limit: str | None, *, is_so: bool) -> None:
    """By what is below the pod in the path."""
    assert is_of_container(limit) is is_so


def test_the_newest_comes_first() -> None:
    """Whichever line reports it."""
    lines = (f"oom_kill 60 {GLOBAL}", f"oom_kill 600 {AT_LIMIT}")
    of_node = victim_alone(scope=Scope.NODE, group="/system.slice/sshd.service", command="sshd", pid=11)

    assert (of_node, kill(age_seconds=600)) == oom_kills(node(*lines))


def test_a_counter_of_zero_needs_no_log() -> None:
    """Nothing was killed since boot; any other number says nothing about the day."""
    assert oom_kills(one_sample(vmstat.parse("oom_kill 0"))) == ()
    with pytest.raises(AbsentError):
        oom_kills(one_sample(vmstat.parse("oom_kill 1")))
