"""OOM kills, each read from the kernel's own lines."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import containers, kernel_log, pods, vmstat
from fleetscan.diagnosis.measures.oom_kills import OomKill, oom_kills
from fleetscan.errors import AbsentError
from fleetscan.model import Window
from tests.fixtures.windows import one_sample

UID = "1c2d3e4f-55d0-4d7e-8f57-3c1a2f0e9d11"
GROUP = f"/kubepods.slice/kubepods-pod{UID.replace('-', '_')}.slice/cri-containerd-{'9f' * 6}.scope"
LIMIT = f"constraint=CONSTRAINT_MEMCG,task_memcg={GROUP},task=java,pid=47,uid=0"
GLOBAL = "constraint=CONSTRAINT_NONE,task_memcg=/system.slice,task=sshd,pid=11,uid=0"
POD = "live/checkout-6c9f7d5b8-x2x9q"


def node(*events: str, others: tuple[object, ...] = ()) -> Window:
    """Return a node with these lines in a kernel log of a fortnight."""
    return one_sample(kernel_log.parse("\n".join(["read lines=9 oldest_age_seconds=1186000", *events])), *others)


def kill(**fields: object) -> OomKill:
    """Return the kill of the container at its limit, with what is different."""
    given: dict[str, object] = {"age_seconds": 60, "is_global": False, "command": "java", "pid": 47, "pod": UID}
    return OomKill(**{**given, **fields})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("others", "pod"),
    [
        pytest.param((), UID, id="the uid of its cgroup"),
        pytest.param((pods.parse(f"total count=1\n{UID} {POD} 1 2 burstable"),), POD, id="its pod is listed"),
        pytest.param((containers.parse(f"{'9f' * 6} {POD} app shop:1 1"),), POD, id="its container is listed"),
    ],
)
def test_a_kill_at_a_limit_has_its_pod(others: tuple[object, ...], pod: str) -> None:
    """By name where the node still knows it."""
    assert oom_kills(node(f"oom_kill 60 oom-kill:{LIMIT}", others=others)) == (kill(pod=pod),)


def test_the_name_that_the_script_added_comes_first() -> None:
    """It was looked up when the pod was still there."""
    line = f"oom_kill 60 oom-kill:{LIMIT},pod=live/other"

    assert oom_kills(node(line)) == (kill(pod="live/other"),)


@pytest.mark.parametrize(("age", "pid", "kills"), [(55, 47, 1), (54, 47, 2), (59, 48, 2)])
def test_the_victim_s_line_is_the_same_kill_within_seconds(age: int, pid: int, kills: int) -> None:
    """Of the same process; another process or another time is another kill."""
    victim = f"oom_victim {age} Memory cgroup out of memory: Killed process {pid} (java) total-vm:4kB"

    assert len(oom_kills(node(f"oom_kill 60 oom-kill:{LIMIT}", victim))) == kills


@pytest.mark.parametrize(("words", "is_global"), [("Memory cgroup out of memory", False), ("Out of memory", True)])
def test_a_victim_s_line_alone_says_who_ran_out_of_memory(words: str, *, is_global: bool) -> None:
    """Before Linux 4.19 there is no other."""
    found = oom_kills(node(f"oom_victim 60 {words}: Killed process 47 (java) total-vm:4kB"))

    assert found == (kill(is_global=is_global, pod=None),)


def test_the_newest_comes_first() -> None:
    """Whichever line reports it."""
    lines = (f"oom_kill 600 oom-kill:{LIMIT}", f"oom_kill 60 oom-kill:{GLOBAL}")
    expected = (kill(command="sshd", pid=11, is_global=True, pod=None), kill(age_seconds=600))

    assert expected == oom_kills(node(*lines))


def test_a_counter_of_zero_needs_no_log() -> None:
    """Nothing was killed since boot; any other number says nothing about the day."""
    assert oom_kills(one_sample(vmstat.parse("oom_kill 0"))) == ()
    with pytest.raises(AbsentError):
        oom_kills(one_sample(vmstat.parse("oom_kill 1")))
