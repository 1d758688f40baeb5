"""The rule oom_kill_pod: a memory cgroup reached its own limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fleetscan.capture.procfs import containers, host, kernel_log, meminfo, pods, vmstat
from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.vmstat import Vmstat
from fleetscan.diagnosis.rules.oom_kill_pod import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Suspect, Window
from fleetscan.model.memory import History, Reading

UID = "1c9a2b3d-0000-4000-8000-0123456789ab"
GROUP = f"/pod{UID}/0a1b2c3d4e5f"
KILL = f"oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/pod1c9a2b3d/0a1b2c3d4e5f,task_memcg={GROUP},task=java,pid=4711"
POD_LIMIT = KILL.replace("/0a1b2c3d4e5f,task_memcg", ",task_memcg")


def window(*events: str, others: tuple[object, ...] = ()) -> Window:
    """Return a node with these lines in its kernel log."""
    text = "\n".join(["read lines=812 oldest_age_seconds=1186000", *events])
    return Window(first=Sample(), last=Sample([kernel_log.parse(text), *others]))


def evidence(pod: str) -> Evidence:
    """Return what is expected of one kill five minutes ago in this pod."""
    return Evidence(
        severity=Severity.INFO,
        text=f"1 process OOM-killed at a container's memory limit within 24 h, the last 5 min ago: java of pod {pod}",
        measured=1.0,
        limit=1.0,
        suspects=(Suspect(kind="pod", name=pod, reason="reached its memory limit 1 time", share=1.0),),
    )


@pytest.mark.parametrize(
    ("event", "others", "pod"),
    [
        (f"{KILL},pod=live/checkout-0", (), "live/checkout-0"),
        (KILL, (containers.parse("0a1b2c3d4e5f live/checkout-1 app checkout:42"),), "live/checkout-1"),
        (KILL, (pods.parse(f"total count=1\n{UID} live/checkout-2 1 2 burstable"),), "live/checkout-2"),
        (KILL, (), UID),
        (KILL, (containers.parse("0a1b2c3d4e5f - - -"),), UID),
    ],
    ids=["in the line", "by container", "by uid", "uid alone", "container without a pod"],
)
def test_the_pod_is_named_as_well_as_the_node_can(event: str, others: tuple[object, ...], pod: str) -> None:
    """From the line itself, the containers, the pods, or by its uid."""
    assert evidence(pod) == check(window(f"oom_kill 300 {event}", others=others))


def test_kills_are_counted_by_pod_most_first() -> None:
    """The newest is reported, the one with most is the first suspect."""
    expected = Evidence(
        severity=Severity.INFO,
        text="3 processes OOM-killed at a container's memory limit within 24 h, the last 10 s ago: java of pod "
        "live/b-0",
        measured=3.0,
        limit=1.0,
        suspects=(
            Suspect(kind="pod", name="live/a-0", reason="reached its memory limit 2 times", share=2 / 3),
            Suspect(kind="pod", name="live/b-0", reason="reached its memory limit 1 time", share=1 / 3),
        ),
    )
    events = [f"oom_kill {age} {KILL},pod={pod}" for age, pod in ((10, "live/b-0"), (20, "live/a-0"), (30, "live/a-0"))]

    assert expected == check(window(*events))


def test_a_pod_s_limit_is_told_from_a_container_s() -> None:
    """Each container of it may have been within its own."""
    expected = replace(
        evidence("live/checkout-0"),
        text="1 process OOM-killed at a pod's memory limit within 24 h, the last 5 min ago: java of pod "
        "live/checkout-0",
    )

    assert expected == check(window(f"oom_kill 300 {POD_LIMIT},pod=live/checkout-0"))


def test_a_limit_that_the_log_does_not_name_is_nobody_s() -> None:
    """It may be that of all pods together; beside a known one it is only counted."""
    line = KILL.replace("oom_memcg=/pod1c9a2b3d/0a1b2c3d4e5f,", "")
    expected = Evidence(
        severity=Severity.INFO,
        text=f"1 process OOM-killed at a memory limit within 24 h, the last 5 min ago: java of pod {UID}; the kernel "
        "log does not show whose limit was reached",
        measured=1.0,
        limit=1.0,
    )
    known = evidence("live/checkout-0")
    both = replace(known, text=f"{known.text}; 1 more at another memory limit", measured=2.0)

    assert expected == check(window(f"oom_kill 300 {line}"))
    assert both == check(window(f"oom_kill 300 {KILL},pod=live/checkout-0", f"oom_kill 900 {line}"))


@pytest.mark.parametrize("limit", ["/kubepods.slice", "/runtime.slice", "/"])
def test_the_limit_of_more_than_a_pod_is_another_rule_s(limit: str) -> None:
    """However often a pod is killed there, it did not reach its own."""
    assert check(window(f"oom_kill 300 {KILL.replace('/pod1c9a2b3d/0a1b2c3d4e5f', limit)}")) is None


def test_a_cgroup_that_is_no_pod_is_reported_and_nobody_is_a_likely_cause() -> None:
    """A system service may have a limit too."""
    line = "oom_kill 10 oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/a.service,task=a,pid=1"
    expected = Evidence(
        severity=Severity.INFO,
        text="1 process OOM-killed at the memory limit of /system.slice/a.service within 24 h, the last 10 s ago: a",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(line))


def test_the_nodes_own_shortage_is_another_rule() -> None:
    """CONSTRAINT_NONE is evaluated by oom_kill_node."""
    assert check(window("oom_kill 10 oom-kill:constraint=CONSTRAINT_NONE,task=a,pid=1,uid=0")) is None


def test_without_a_log_the_rule_is_skipped() -> None:
    """Not collected is not "no kills"."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(Window(first=Sample(), last=Sample()))


NOW = 1_800_000_000


def since(before: int, after: int, *, available_mib: int = 2_000, log: str = "", boot_id: str = "3f0c2d51") -> Window:
    """Return a node of 4 GiB whose counter of OOM kills went up within five minutes."""
    last = Reading(
        at_epoch_seconds=NOW - 300,
        boot_id=boot_id,
        memory_total_bytes=2**32,
        memory_available_bytes=available_mib * 2**20,
        oom_kills_total=before,
    )
    values: list[object] = [
        vmstat.parse(f"oom_kill {after}"),
        host.parse("boot_id 3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10"),
        meminfo.parse("MemTotal: 4194304\nMemAvailable: 2000000"),
        History(at_epoch_seconds=NOW, readings=(last,)),
    ]
    if log:
        values.append(kernel_log.parse(log))
    return Window(first=Sample(), last=Sample(values))


SILENT_LOG = "read lines=812 oldest_age_seconds=1186000"


@pytest.mark.parametrize("log", ["", SILENT_LOG])
def test_the_counter_reports_kills_that_the_log_does_not_show(log: str) -> None:
    """The node had memory left, so it was probably a limit."""
    expected = Evidence(
        severity=Severity.INFO,
        text="the oom_kill counter shows 1 process killed since the last scan 5 min ago, while the node had memory "
        "left; the kernel log does not show whose limit was reached",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(since(3, 4, log=log))


def test_a_node_that_was_short_of_memory_is_the_other_rule_s() -> None:
    """It is not known whose limit it was, and the node had none left."""
    assert check(since(3, 5, available_mib=300, log=SILENT_LOG)) is None


def test_a_counter_alone_says_nothing_where_the_node_s_memory_is_not_known() -> None:
    """Whose kill it was is open, so the rule is skipped for want of a log."""
    known = since(3, 4)
    last = Reading(at_epoch_seconds=NOW - 300, boot_id="3f0c2d51", oom_kills_total=3)
    history = History(at_epoch_seconds=NOW, readings=(last,))
    values = (known.last[Vmstat], known.last[Host], history)

    with pytest.raises(AbsentError):
        check(Window(first=Sample(), last=Sample(values)))
