"""The rule oom_kill_node: the whole node was out of memory."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import host, kernel_log, meminfo, uptime, vmstat
from fleetscan.diagnosis.rules.oom_kill_node import check
from fleetscan.errors import AbsentError
from fleetscan.model import Evidence, Sample, Severity, Window
from fleetscan.model.memory import History, Reading

GLOBAL = "oom-kill:constraint=CONSTRAINT_NONE,task_memcg=/system.slice/sshd.service,task=java,pid=4711,uid=0"
CPUSET = "oom-kill:constraint=CONSTRAINT_CPUSET,task_memcg=/,task=node,pid=12,uid=0"
POD = "oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/kubepods.slice,task=node,pid=9,uid=0"


def window(*events: str, oldest: str = "1186000", others: tuple[object, ...] = ()) -> Window:
    """Return a node with these lines in its kernel log."""
    text = "\n".join([f"read lines=812 oldest_age_seconds={oldest}", *events])
    return Window(first=Sample(), last=Sample([kernel_log.parse(text), *others]))


def test_a_kill_for_want_of_memory_on_the_node_is_critical() -> None:
    """The victim's own line, which follows, is the same kill."""
    victim = "oom_victim 311 Out of memory: Killed process 4711 (java) total-vm:4013468kB, anon-rss:510012kB"
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="the kernel OOM-killed 1 process within 24 h because the node was out of memory, the last 5 min 12 s "
        "ago: java",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(victim, f"oom_kill 312 {GLOBAL}"))


def test_a_cpuset_that_ran_out_is_the_nodes_memory_too() -> None:
    """Every constraint but MEMCG is a shortage of the node; the newest victim is named."""
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="the kernel OOM-killed 2 processes within 24 h because the node was out of memory, the last 1 min ago: "
        "node",
        measured=2.0,
        limit=1.0,
    )

    assert expected == check(window(f"oom_kill 60 {CPUSET}", f"oom_kill 7200 {GLOBAL}"))


def test_an_old_kernel_writes_only_the_victims_line() -> None:
    """Before 4.19 there was no line with a constraint."""
    line = "oom_kill 60 Out of memory: Kill process 31 (mysqld) score 600 or sacrifice child"
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="the kernel OOM-killed 1 process within 24 h because the node was out of memory, the last 1 min ago: "
        "mysqld",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window("oom_victim 60 Killed process 31 (mysqld) total-vm:1kB", line))


def test_the_root_of_the_cgroups_is_the_node() -> None:
    """Its limit is the node's memory."""
    line = "oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/,task_memcg=/system.slice/sshd.service,task=java,pid=1"

    assert check(window(f"oom_kill 60 {line}")) is not None


def test_a_constraint_beside_a_limit_does_not_count() -> None:
    """Linux 5.0 and 5.1 wrote NONE of a container at its limit."""
    line = "oom-kill:constraint=CONSTRAINT_NONE,oom_memcg=/pod1c9a2b3d,task_memcg=/,task=java,pid=1"

    assert check(window(f"oom_kill 60 {line}")) is None


def test_a_killed_pod_is_named_with_its_process() -> None:
    """The victim is often a pod that did nothing wrong."""
    line = f"oom_kill 86400 {GLOBAL},pod=live/checkout-x2x9q"
    expected = Evidence(
        severity=Severity.CRITICAL,
        text="the kernel OOM-killed 1 process within 24 h because the node was out of memory, the last 1 d ago: java "
        "of pod live/checkout-x2x9q",
        measured=1.0,
        limit=1.0,
    )

    assert expected == check(window(line))


@pytest.mark.parametrize(
    "event", [f"oom_kill 60 {POD}", f"oom_kill 86401 {GLOBAL}", "oom_victim 60 Killed process 1 (a)"]
)
def test_what_merely_looks_like_it_is_not_a_likely_cause(event: str) -> None:
    """A pod at its own limit, a kill of the day before, and a line that does not say who ran out of memory."""
    assert check(window(event)) is None


def test_a_log_that_reaches_back_a_day_and_is_silent_says_healthy() -> None:
    """A whole day was read."""
    assert check(window(oldest="86400")) is None


def test_a_log_that_reaches_back_to_the_boot_says_healthy() -> None:
    """A node that is up for an hour has no older lines."""
    assert check(window(oldest="3598", others=(uptime.parse("3600.0 0.0"),))) is None


def test_a_counter_of_zero_says_healthy_whatever_the_log() -> None:
    """The kernel counts every kill since boot."""
    assert check(window(oldest="60", others=(vmstat.parse("oom_kill 0"),))) is None


@pytest.mark.parametrize("counters", [(), (vmstat.parse("oom_kill 3"),)])
def test_a_wrapped_log_skips_the_rule(counters: tuple[object, ...]) -> None:
    """The silence of two hours says nothing about a day."""
    with pytest.raises(AbsentError, match=r"kernel log covers only 2\.0 h"):
        check(window(oldest="7200", others=counters))


def test_a_log_without_times_skips_the_rule() -> None:
    """How far it reaches back is not known."""
    with pytest.raises(AbsentError, match="empty or its lines have no time stamp"):
        check(window(oldest="-"))


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
    """Whether it could not be read or has lost them; the node was short, so they are probably its own."""
    expected = Evidence(
        severity=Severity.WARNING,
        text="the oom_kill counter shows 2 processes killed since the last scan 5 min ago, while the node was short "
        "of memory; the kernel log does not show whose limit was reached",
        measured=2.0,
        limit=1.0,
    )

    assert expected == check(since(3, 5, available_mib=300, log=log))


@pytest.mark.parametrize(
    "window",
    [
        pytest.param(since(3, 5, log=SILENT_LOG), id="the node had memory left: a limit's"),
        pytest.param(since(5, 5, available_mib=300, log=SILENT_LOG), id="no kill since"),
        pytest.param(since(3, 5, available_mib=300, log=SILENT_LOG, boot_id="ffffffff"), id="counted in another boot"),
        pytest.param(since(3, 5, available_mib=300, log=f"{SILENT_LOG}\noom_kill 60 {POD}"), id="the log shows whose"),
    ],
)
def test_a_counter_that_proves_nothing_about_the_node(window: Window) -> None:
    """A wrong attribution is worse than none."""
    assert check(window) is None


def test_a_counter_that_stood_still_says_nothing_of_the_day_before() -> None:
    """Without a log the rule is skipped as ever."""
    with pytest.raises(AbsentError, match="KernelLog was not collected"):
        check(since(5, 5, available_mib=300))


@pytest.mark.parametrize("available_mib", [2_000, 410])
def test_a_counter_alone_says_nothing_of_a_node_that_had_memory_left(available_mib: int) -> None:
    """It was a limit's; and without a log nobody knows of the day before."""
    with pytest.raises(AbsentError):
        check(since(3, 5, available_mib=available_mib))
