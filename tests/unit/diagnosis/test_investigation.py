"""The investigation replays the incident: each wrong suspect ruled out with a number, until the holder is named."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import (
    conntrack,
    host,
    kernel_log,
    meminfo,
    pressure,
    slabinfo,
    slices,
    sockets,
    sockstat,
    stat,
    tasks,
    tcp_mem,
    uptime,
    vmstat,
)
from fleetscan.diagnosis.investigation import HYPOTHESES, investigate
from fleetscan.model import (
    CaptureStatus,
    Coverage,
    CreditMode,
    Credits,
    Evidence,
    Finding,
    Sample,
    Severity,
    Step,
    StepResult,
    Window,
)
from fleetscan.model.kubernetes import ScheduledPod, ScheduledPods
from tests.fixtures.clusters import NOW, view

POD = "weave/weave-scope-agent-7xk2p"
IMAGE = "docker.io/weaveworks/scope:1.13.2"
KILOBYTES = 1024
HEALTHY_HEADS = 1204

FIRST = (
    stat.parse("cpu 0 0 0 0 0 0 0 0"),
    vmstat.parse("pswpin 1000\npswpout 2000\noom_kill 0"),
    slices.parse("kubepods.slice cpu_usec=1000000"),
)


def node(
    *,
    memory: str,
    busy_ticks: int,
    pods_microseconds: int,
    stalls: str,
    swapped_pages: int,
    heads: int,
    held_bytes: int,
    slab_bytes: int,
    cpus: int = 2,
    burstable: Credits | None = None,
) -> Window:
    """Return five seconds of a node with packet heads and as many kmalloc-1k; one socket holds so many bytes."""
    ticks = 500 * cpus
    pods = f"memory_bytes=1600000000 cpu_usec={1_000_000 + pods_microseconds} anon_bytes={616 << 20}"
    last = (
        uptime.parse("1186401.52 0.00"),
        host.parse(f"kernel 6.1.141-155.222.amzn2023.x86_64\ncpus {cpus}\npage_bytes 4096"),
        stat.parse(f"cpu 0 0 {busy_ticks} {ticks - busy_ticks} 0 0 0 0"),
        vmstat.parse(f"pswpin {1000 + swapped_pages}\npswpout {2000 + swapped_pages}\noom_kill 0"),
        slices.parse(f"kubepods.slice {pods}\nsystem.slice memory_bytes=1 anon_bytes={58 << 20}"),
        meminfo.parse(memory),
        pressure.parse(stalls),
        kernel_log.parse("read lines=812 oldest_age_seconds=1186000"),
        conntrack.parse("4021 131072"),
        sockstat.parse("sockets: used 812\nTCP: inuse 21 orphan 0 tw 14 alloc 96 mem 31"),
        tcp_mem.parse("46341 61788 92682"),
        tasks.parse("processes 312\nthreads 812\nzombies 0\nuninterruptible 2"),
        slabinfo.parse(
            f"total caches=187 bytes={slab_bytes}\n"
            f"kmalloc-1k {heads + 9404} {heads + 9404} 1024 16 4 {(heads + 9404) // 16} 0\n"
            f"skbuff_head_cache {heads} {heads} 256 16 1 {heads // 16} 0\n"
            "dentry 81234 84021 192 21 1 4001 1"
        ),
        sockets.parse(
            f"total count=9 rmem_bytes={held_bytes} netns_read=14 netns_failed=0\n"
            f"netlink host {held_bytes} 81221 3912771 4242 scope {POD} scope-agent {IMAGE}"
        ),
        *(() if burstable is None else (burstable,)),
    )
    return Window(first=Sample(FIRST), last=Sample(last), seconds=5.0)


STALLED = (
    "memory some avg10=98.98 avg60=98.90 avg300=98.38 total=1\n"
    "memory full avg10=62.85 avg60=63.91 avg300=63.33 total=1\n"
    "cpu some avg10=85.41 avg60=84.62 avg300=82.10 total=1\nio some avg10=0.04 avg60=0.16 avg300=0.21 total=1"
)
CALM = (
    "memory some avg10=0.00 avg60=0.00 avg300=0.00 total=1\ncpu some avg10=1.20 avg60=1.10 avg300=1.00 total=1\n"
    "io some avg10=0.04 avg60=0.16 avg300=0.21 total=1"
)
UNLIMITED = Credits(
    mode=CreditMode.UNLIMITED, balance=0.0, surplus_balance=576.0, maximum_balance=576.0, cpu_utilization_ratio=1.0
)
AFFECTED = node(
    memory="MemTotal: 4030464\nMemFree: 88064\nMemAvailable: 752640\nCached: 850944\nAnonPages: 690176\nSlab: 2245632\n"
    "SReclaimable: 51200\nSUnreclaim: 2194432\nSwapTotal: 1073152\nSwapFree: 562176\nCommitted_AS: 5121024",
    busy_ticks=1000,
    pods_microseconds=425_000,
    stalls=STALLED,
    swapped_pages=2030,
    heads=1_657_980,
    held_bytes=2_000 << 20,
    slab_bytes=2_245_632 * KILOBYTES,
    burstable=UNLIMITED,
)
LARGE = node(
    memory="MemTotal: 16595968\nMemFree: 2097152\nMemAvailable: 8388608\nCached: 6291456\nAnonPages: 690176\n"
    "Slab: 4730880\nSUnreclaim: 4641792\nSwapTotal: 0\nSwapFree: 0",
    busy_ticks=400,
    pods_microseconds=425_000,
    stalls=CALM,
    swapped_pages=0,
    heads=3_309_501,
    held_bytes=4_000 << 20,
    slab_bytes=4_730_880 * KILOBYTES,
    cpus=4,
)
SMALL = node(
    memory="MemTotal: 4032512\nMemFree: 204800\nMemAvailable: 1048576\nCached: 921600\nAnonPages: 690176\n"
    "Slab: 1837056\nSUnreclaim: 1785856\nSwapTotal: 1073152\nSwapFree: 1073152",
    busy_ticks=40,
    pods_microseconds=425_000,
    stalls=CALM,
    swapped_pages=0,
    heads=1_310_669,
    held_bytes=1_590 << 20,
    slab_bytes=1_837_056 * KILOBYTES,
)
HEALTHY = node(
    memory="MemTotal: 4030464\nMemFree: 1983488\nMemAvailable: 2662400\nCached: 850944\nAnonPages: 690176\n"
    "Slab: 126976\nSUnreclaim: 75776\nSwapTotal: 1073152\nSwapFree: 1073152",
    busy_ticks=80,
    pods_microseconds=425_000,
    stalls=CALM,
    swapped_pages=0,
    heads=HEALTHY_HEADS,
    held_bytes=0,
    slab_bytes=126_976 * KILOBYTES,
)

ALL = (
    conntrack.Conntrack,
    Credits,
    host.Host,
    kernel_log.KernelLog,
    meminfo.Meminfo,
    pressure.Pressure,
    slabinfo.Slabinfo,
    slices.Slices,
    sockets.Sockets,
    sockstat.Sockstat,
    stat.Stat,
    tasks.Tasks,
    tcp_mem.TcpMem,
    uptime.Uptime,
    vmstat.Vmstat,
)
"""Every source of the affected node."""

QUESTIONS = {
    "oom_kill": "Was a process OOM-killed?",
    "cpu_credits": "Is the instance throttled because its CPU credits are exhausted?",
    "pods_cpu": "Do the pods use the CPU?",
    "network_tables": "Are the kernel's network tables full (conntrack, TCP memory)?",
    "pressure": "Do tasks stall, and on which resource (PSI)?",
    "swap": "Is the node swapping?",
    "memory_in_pods": "Do pods and processes hold the memory?",
    "slab": "Does the kernel itself hold the memory (slab), and in which cache?",
    "holder": "Does a process hold the socket buffers, and which one?",
}
NO_KILL = "the kernel's oom_kill counter is 0 since boot 13 d 17 h ago, and the kernel log of 24 h shows none"
NOT_STALLED = "PSI some avg10: cpu 1.20%, io 0.04%, memory 0.00%"
TABLES = "connection tracking (conntrack) 3.1% and TCP memory 0.0% in use"


def no(hypothesis: str, evidence: str) -> Step:
    """Return a step that ruled its hypothesis out."""
    return Step(hypothesis=hypothesis, question=QUESTIONS[hypothesis], verdict=StepResult.RULED_OUT, evidence=evidence)


def yes(hypothesis: str, evidence: str) -> Step:
    """Return a step that confirmed its hypothesis."""
    return Step(hypothesis=hypothesis, question=QUESTIONS[hypothesis], verdict=StepResult.CONFIRMED, evidence=evidence)


def unknown(hypothesis: str, evidence: str) -> Step:
    """Return a step that could not be answered."""
    return Step(hypothesis=hypothesis, question=QUESTIONS[hypothesis], verdict=StepResult.UNKNOWN, evidence=evidence)


def step(window: Window, hypothesis: str, *findings: Finding) -> Step:
    """Return one step of a window's investigation."""
    return next(step for step in investigate(window, findings) if step.hypothesis == hypothesis)


def without(window: Window, *sources: type) -> Window:
    """Return a window in whose last sample these sources were not collected."""
    last = Sample([window.last[kind] for kind in ALL if kind in window.last and kind not in sources])
    return Window(first=window.first, last=last, seconds=window.seconds)


def test_the_failing_node_is_investigated_as_the_incident_was() -> None:
    """Not an OOM kill, not credits, not the pods: memory, in the kernel, in packets, held by one pod."""
    expected = (
        no("oom_kill", NO_KILL),
        no(
            "cpu_credits",
            "unlimited mode is never throttled: the balance is 0 and the surplus 576, its maximum, a cost and not "
            "throttling; CPU steal is 0%",
        ),
        no(
            "pods_cpu",
            "pods use 4.2% of 2 CPUs while the CPUs are 100% busy: the kernel or host processes use the rest",
        ),
        no("network_tables", TABLES),
        yes(
            "pressure",
            "tasks stall on memory; PSI some avg10: memory 98.98%, cpu 85.41%, io 0.04%; memory full avg10 62.85%",
        ),
        yes(
            "swap",
            "swap in and out 812 pages/s, 499 MiB of 1.0 GiB swap used; Committed_AS is 4.9 GiB of MemTotal 3.8 GiB",
        ),
        no(
            "memory_in_pods",
            "pods 616 MiB, host processes 58 MiB, page cache 831 MiB, unreclaimable slab 2.1 GiB, reclaimable slab 50 "
            "MiB, free 86 MiB; unreclaimable slab is 54% of 3.8 GiB",
        ),
        yes(
            "slab",
            "kmalloc-1k 1,667,384 x 1,024 B = 1.6 GiB; skbuff_head_cache 1,657,980 x 256 B = 405 MiB; 1.01 "
            "kmalloc-1k objects per socket buffer",
        ),
        yes(
            "holder",
            f"pod {POD} (99%), image {IMAGE}: 1 netlink socket holds 2.0 GiB unread; process scope (pid 4242); "
            "1,657,980 socket buffers (skbuff) hold 2.0 GiB; netlink sockets hold 2.0 GiB unread, packet sockets are "
            "empty: "
            "that explains 99% of the socket buffers",
        ),
    )

    assert expected == investigate(AFFECTED, ())


def test_the_large_node_that_feels_nothing_shows_the_same_leak() -> None:
    """No pressure, little load, twice the leak: only the last steps see it."""
    expected = (
        no("oom_kill", NO_KILL),
        no("cpu_credits", "CPU steal is 0%"),
        no("pods_cpu", "the CPUs are 20% busy"),
        no("network_tables", TABLES),
        no("pressure", NOT_STALLED),
        no("swap", "the node has no swap"),
        no(
            "memory_in_pods",
            "pods 616 MiB, host processes 58 MiB, page cache 6.0 GiB, unreclaimable slab 4.4 GiB, free 2.0 GiB; "
            "unreclaimable slab is 28% of 16 GiB",
        ),
        yes(
            "slab",
            "kmalloc-1k 3,318,905 x 1,024 B = 3.2 GiB; skbuff_head_cache 3,309,501 x 256 B = 808 MiB; 1.00 "
            "kmalloc-1k objects per socket buffer",
        ),
        yes(
            "holder",
            f"pod {POD} (99%), image {IMAGE}: 1 netlink socket holds 3.9 GiB unread; process scope (pid 4242); "
            "3,309,501 socket buffers (skbuff) hold 3.9 GiB; netlink sockets hold 3.9 GiB unread, packet sockets are "
            "empty: "
            "that explains 99% of the socket buffers",
        ),
    )

    assert expected == investigate(LARGE, ())


def test_the_idle_small_node_shows_the_same_leak() -> None:
    """Load 0.12, pressure 0, and 44% of the memory gone."""
    expected = (
        no("oom_kill", NO_KILL),
        no("cpu_credits", "CPU steal is 0%, but the CPUs were nearly idle (4.0% busy)"),
        no("pods_cpu", "the CPUs are 4.0% busy"),
        no("network_tables", TABLES),
        no("pressure", NOT_STALLED),
        no("swap", "swap in and out 0.0 pages/s, 0 B of 1.0 GiB swap used"),
        no(
            "memory_in_pods",
            "pods 616 MiB, host processes 58 MiB, page cache 900 MiB, unreclaimable slab 1.7 GiB, free 200 MiB; "
            "unreclaimable slab is 44% of 3.8 GiB",
        ),
        yes(
            "slab",
            "kmalloc-1k 1,320,073 x 1,024 B = 1.3 GiB; skbuff_head_cache 1,310,669 x 256 B = 320 MiB; 1.01 "
            "kmalloc-1k objects per socket buffer",
        ),
        yes(
            "holder",
            f"pod {POD} (99%), image {IMAGE}: 1 netlink socket holds 1.6 GiB unread; process scope (pid 4242); "
            "1,310,669 socket buffers (skbuff) hold 1.6 GiB; netlink sockets hold 1.6 GiB unread, packet sockets are "
            "empty: "
            "that explains 99% of the socket buffers",
        ),
    )

    assert expected == investigate(SMALL, ())


def test_on_a_healthy_node_every_answer_is_a_short_reassuring_fact() -> None:
    """Nothing is confirmed and nothing is unknown."""
    expected = (
        no("oom_kill", NO_KILL),
        no("cpu_credits", "CPU steal is 0%"),
        no("pods_cpu", "the CPUs are 8.0% busy"),
        no("network_tables", TABLES),
        no("pressure", NOT_STALLED),
        no("swap", "swap in and out 0.0 pages/s, 0 B of 1.0 GiB swap used"),
        no(
            "memory_in_pods",
            "MemAvailable is 2.5 GiB of 3.8 GiB; pods 616 MiB, host processes 58 MiB, page cache 831 MiB, "
            "unreclaimable slab 74 MiB, free 1.9 GiB",
        ),
        no("slab", "unreclaimable slab (SUnreclaim) is 74 MiB (1.9% of MemTotal)"),
        no("holder", "1,204 socket buffers (skbuff) in kernel memory, which is normal; sockets hold 0 B unread"),
    )

    assert expected == investigate(HEALTHY, ())


def test_without_any_evidence_every_answer_is_unknown_and_says_what_was_missing() -> None:
    """A node that did not answer is not ruled out of anything."""
    expected = (
        unknown("oom_kill", "KernelLog was not collected"),
        unknown("cpu_credits", "Stat was not collected"),
        unknown("pods_cpu", "Stat was not collected"),
        unknown("network_tables", "neither connection tracking nor TCP memory was collected"),
        unknown("pressure", "Pressure was not collected"),
        unknown("swap", "Meminfo was not collected"),
        unknown("memory_in_pods", "Meminfo was not collected"),
        unknown("slab", "Meminfo was not collected"),
        unknown("holder", "Slabinfo was not collected"),
    )
    silent = Window(first=Sample(), last=Sample([Coverage(status=CaptureStatus.TIMED_OUT)]))

    assert expected == investigate(silent, ())


@pytest.mark.parametrize("source", ALL)
def test_no_missing_source_silences_the_other_questions(source: type) -> None:
    """Every question has its answer or its unknown, whatever is missing; none of them breaks."""
    steps = investigate(without(AFFECTED, source), ())

    assert [hypothesis.id for hypothesis in HYPOTHESES] == [one.hypothesis for one in steps]
    assert not [one.evidence for one in steps if "because of a bug" in one.evidence]


def test_a_question_with_a_bug_is_unknown_and_names_the_bug() -> None:
    """A host without any CPU cannot come from a parser; whatever breaks, the other questions are asked."""
    broken = Window(
        first=AFFECTED.first,
        last=AFFECTED.last.with_values(
            host.Host(kernel=None, operating_system=None, boot_id=None, cpus=0, page_bytes=None, cgroup_version=None)
        ),
        seconds=AFFECTED.seconds,
    )
    expected = unknown("pods_cpu", "could not be answered because of a bug: ZeroDivisionError: float division by zero")

    assert expected == step(broken, "pods_cpu")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            [kernel_log.parse("read lines=9 oldest_age_seconds=90000"), vmstat.parse("oom_kill 3")],
            no("oom_kill", "the kernel log of 24 h shows none (3 earlier since boot)"),
        ),
        (
            [kernel_log.parse("read lines=9 oldest_age_seconds=60"), vmstat.parse("oom_kill 3")],
            unknown(
                "oom_kill",
                "the oom_kill counter is 3 since boot, but the time is unknown: the kernel log covers only 0.0 h: "
                "what happened before is unknown",
            ),
        ),
        ([vmstat.parse("oom_kill 0")], no("oom_kill", "the kernel's oom_kill counter is 0 since boot")),
        (
            [
                kernel_log.parse(
                    "read lines=9 oldest_age_seconds=60\n"
                    "oom_kill 60 oom-kill:constraint=CONSTRAINT_MEMCG,task=java,pid=1,uid=0,pod=live/a-0\n"
                    "oom_kill 90 oom-kill:constraint=CONSTRAINT_NONE,task=node,pid=2,uid=0,pod=live/b-0"
                )
            ],
            yes(
                "oom_kill",
                "2 in 24 h, the last 1 min ago; the worst 1 min 30 s ago: node of pod live/b-0, the node was out of "
                "memory",
            ),
        ),
        (
            [
                kernel_log.parse(
                    "read lines=9 oldest_age_seconds=60\n"
                    "oom_kill 60 oom-kill:constraint=CONSTRAINT_MEMCG,task=java,pid=1,uid=0,pod=live/a-0"
                )
            ],
            yes(
                "oom_kill",
                "1 in 24 h, the last 1 min ago: java of pod live/a-0, a memory limit was reached, and the kernel log "
                "does not show whose",
            ),
        ),
        *(
            (
                [
                    kernel_log.parse(
                        "read lines=9 oldest_age_seconds=60\n"
                        f"oom_kill 60 oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg={limit},task=java,pid=1"
                    )
                ],
                yes("oom_kill", f"1 in 24 h, the last 1 min ago: java, {words}"),
            )
            for limit, words in (
                ("/pod1c9a2b3d/0a1b2c3d4e5f", "a container reached its memory limit"),
                ("/pod1c9a2b3d", "a pod reached its memory limit"),
                ("/kubepods.slice", "all pods together reached their memory limit"),
                ("/runtime.slice", "/runtime.slice reached the limit of the node's services"),
                ("/user.slice", "/user.slice reached its memory limit"),
            )
        ),
    ],
    ids=[
        *("earlier", "wrapped", "counter alone", "node", "unknown limit", "container", "pod", "all pods"),
        *("services", "other"),
    ],
)
def test_oom_kills_are_reported_by_whose_memory_was_short(values: list[object], expected: Step) -> None:
    """The node's own shortage is reported before a container's; a log that wrapped denies nothing."""
    assert expected == step(Window(first=Sample(), last=Sample(values)), "oom_kill")


@pytest.mark.parametrize(
    ("burstable", "expected"),
    [
        (
            Credits(
                mode=CreditMode.STANDARD,
                balance=0.0,
                maximum_balance=576.0,
                baseline_ratio=0.2,
                cpu_utilization_ratio=0.2,
            ),
            yes("cpu_credits", "standard mode, 0 of 576 CPU credits left; CPU usage is 20%, the baseline 20%"),
        ),
        (
            Credits(mode=CreditMode.STANDARD, balance=300.0, maximum_balance=576.0),
            no("cpu_credits", "standard mode, 300 of 576 CPU credits left"),
        ),
        (
            Credits(mode=CreditMode.STANDARD, maximum_balance=576.0),
            unknown("cpu_credits", "CPUCreditBalance was not reported"),
        ),
        (
            Credits(mode=CreditMode.UNLIMITED, balance=12.0),
            no("cpu_credits", "unlimited mode is never throttled, balance 12"),
        ),
        (Credits(mode=CreditMode.UNLIMITED), no("cpu_credits", "unlimited mode is never throttled")),
    ],
)
def test_credits_are_evaluated_by_mode_and_balance_together(burstable: Credits, expected: Step) -> None:
    """Missing datapoints are unknown; unlimited is never throttled."""
    assert expected == step(Window(first=Sample(), last=Sample([burstable])), "cpu_credits")


def test_stolen_time_without_credits_is_unknown() -> None:
    """A throttled instance and a noisy neighbour look the same from inside."""
    window = Window(
        first=Sample([stat.parse("cpu 0 0 0 0 0 0 0 0")]), last=Sample([stat.parse("cpu 0 0 0 50 0 0 0 50")])
    )
    expected = unknown("cpu_credits", "CPU steal is 50% and the CPU credits of the instance are unknown")

    assert expected == step(window, "cpu_credits")


def test_pods_that_burn_the_cpu_are_reported() -> None:
    """1.6 of 2 CPUs."""
    window = node(
        memory="MemTotal: 4030464",
        busy_ticks=900,
        pods_microseconds=8_000_000,
        stalls=CALM,
        swapped_pages=0,
        heads=0,
        held_bytes=0,
        slab_bytes=0,
    )

    assert yes("pods_cpu", "pods use 80% of 2 CPUs while the CPUs are 90% busy") == step(window, "pods_cpu")


def test_a_full_table_is_reported_in_the_words_of_its_finding() -> None:
    """The step and the finding cannot contradict each other."""
    evidence = Evidence(severity=Severity.WARNING, text="9 of 10 entries (90%)", measured=0.9, limit=0.75)
    finding = Finding(rule="conntrack_nearly_full", title="", remedy="", evidence=evidence)

    assert yes("network_tables", "9 of 10 entries (90%)") == step(HEALTHY, "network_tables", finding)


CPU_STALLS = "cpu some avg10=85.41 avg60=84.62 avg300=82.10 total=1\nio some avg10=0.04 avg60=0.16 avg300=0.21 total=1"
IO_STALLS = (
    "cpu some avg10=85.41 avg60=84.62 avg300=82.10 total=1\n"
    "io some avg10=40.00 avg60=40.00 avg300=1.00 total=1\n"
    "io full avg10=30.00 avg60={full} avg300=1.00 total=1"
)


@pytest.mark.parametrize(
    ("stalls", "expected"),
    [
        (
            CPU_STALLS,
            no(
                "pressure",
                "PSI some avg10: cpu 85.41%, io 0.04%; CPU pressure alone is no finding, for a CPU quota makes the "
                "tasks of one pod wait (KEP-5394)",
            ),
        ),
        (
            IO_STALLS.format(full="20.00"),
            yes(
                "pressure",
                "tasks stall on io; io PSI full avg60 20.00% (threshold 20%), some avg60 40.00%: all tasks stall "
                "waiting for a disk; 2 tasks in state D",
            ),
        ),
        (
            IO_STALLS.format(full="19.99"),
            no(
                "pressure",
                "PSI some avg10: cpu 85.41%, io 40.00%; CPU pressure alone is no finding, for a CPU quota makes the "
                "tasks of one pod wait (KEP-5394); the waits for a disk are below the thresholds of io_pressure_high",
            ),
        ),
        (
            "memory some avg10=66.24 avg60=9.99 avg300=1.00 total=1",
            no("pressure", "PSI some avg10: memory 66.24%"),
        ),
        (
            "memory some avg10=66.24 avg60=66.24 avg300=1.00 total=1",
            no(
                "pressure",
                "PSI some avg10: memory 66.24%; memory is not short, so its pressure alone is no finding",
            ),
        ),
        ("memory some total=1", unknown("pressure", "the kernel reports no pressure averages")),
    ],
    ids=["cpu alone", "io before cpu", "io too short", "a moment", "memory that is there", "no averages"],
)
def test_a_resource_stalls_where_its_rule_fires(stalls: str, expected: Step) -> None:
    """Each yes has a finding behind it; other pressure is ruled out with its numbers and the reason."""
    last = [
        pressure.parse(stalls),
        tasks.parse("processes 312\nthreads 812\nzombies 0\nuninterruptible 2"),
        meminfo.parse("MemTotal: 4030464\nMemAvailable: 3752640"),
    ]

    assert expected == step(Window(first=Sample(), last=Sample(last)), "pressure")


def test_cpu_pressure_is_the_answer_where_a_rule_about_the_cpu_fires() -> None:
    """Load, here: with it the pressure is more than one pod's quota."""
    evidence = Evidence(severity=Severity.CRITICAL, text="load average 34", measured=17.0, limit=8.0)
    finding = Finding(rule="load_high", title="", remedy="", evidence=evidence)
    window = Window(first=Sample(), last=Sample([pressure.parse(CPU_STALLS)]))

    expected = yes("pressure", "tasks stall on cpu; PSI some avg10: cpu 85.41%, io 0.04%")

    assert expected == step(window, "pressure", finding)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (
            [],
            [meminfo.parse("SwapTotal: 1024\nSwapFree: 512")],
            unknown("swap", "512 KiB of 1.0 MiB swap used; the swap rate is unknown: Vmstat was not collected"),
        ),
        ([], [meminfo.parse("SwapTotal: 1024\nSwapFree: 1024")], no("swap", "0 B of 1.0 MiB swap used")),
        (
            [vmstat.parse("pswpin 9\npswpout 9")],
            [meminfo.parse("SwapTotal: 1024\nSwapFree: 512"), vmstat.parse("pswpin 0\npswpout 9")],
            unknown("swap", "512 KiB of 1.0 MiB swap used; the swap rate is unknown: pswpin ran backwards"),
        ),
        ([], [meminfo.parse("MemTotal: 1024")], unknown("swap", "SwapTotal was not reported")),
    ],
    ids=["no rate", "unused", "backwards", "no swap figures"],
)
def test_swap_in_use_is_not_swapping(first: list[object], last: list[object], expected: Step) -> None:
    """Only pages that move make a node slow; whether they do needs two samples."""
    assert expected == step(Window(first=Sample(first), last=Sample(last), seconds=5.0), "swap")


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (
            "MemTotal: 4096\nMemAvailable: 409\nAnonPages: 3072\nSUnreclaim: 40\nMemFree: 10\nCached: 100",
            yes(
                "memory_in_pods",
                "processes hold 3.0 MiB (75%), MemAvailable is 409 KiB of 4.0 MiB; pods and host processes 3.0 MiB, "
                "page cache 100 KiB, unreclaimable slab 40 KiB, free 10 KiB",
            ),
        ),
        (
            "MemTotal: 4096\nMemAvailable: 409\nAnonPages: 512\nSUnreclaim: 40\nHugetlb: 3072",
            no(
                "memory_in_pods",
                "huge pages reserve 3.0 MiB, 75% of 4.0 MiB; pods and host processes 512 KiB, "
                "unreclaimable slab 40 KiB, huge pages 3.0 MiB",
            ),
        ),
        ("MemTotal: 4096", unknown("memory_in_pods", "SUnreclaim was not reported")),
    ],
    ids=["processes", "huge pages", "slab unknown"],
)
def test_the_ledger_says_who_holds_the_memory(memory: str, expected: Step) -> None:
    """Processes, where they hold half of it; else the ledger shows who does."""
    assert expected == step(Window(first=Sample(), last=Sample([meminfo.parse(memory)])), "memory_in_pods")


def test_a_slab_that_cannot_be_looked_into_is_unknown() -> None:
    """The file needs root and a kernel with it compiled in."""
    expected = unknown(
        "slab",
        "unreclaimable slab (SUnreclaim) is 2.1 GiB (54% of MemTotal), but in which caches is unknown: Slabinfo was "
        "not collected",
    )

    assert expected == step(without(AFFECTED, slabinfo.Slabinfo), "slab")


@pytest.mark.parametrize(
    ("read", "failed", "expected"),
    [
        (
            14,
            0,
            no(
                "holder",
                "no process found: 1,657,980 socket buffers (skbuff) hold 2.0 GiB; netlink and packet sockets "
                "together hold 1.0 KiB unread, in all 14 network namespaces: the kernel itself leaks the socket "
                "buffers",
            ),
        ),
        (
            12,
            2,
            unknown(
                "holder",
                "no process found: 1,657,980 socket buffers (skbuff) hold 2.0 GiB; netlink and packet sockets "
                "together hold 1.0 KiB unread: that does not explain the socket buffers, but 2 network namespaces "
                "could not be read",
            ),
        ),
    ],
    ids=["all were read", "some were not"],
)
def test_without_a_queue_the_kernel_is_named_only_if_every_socket_was_seen(
    read: int, failed: int, expected: Step
) -> None:
    """A namespace that could not be read may hold the socket that holds them all."""
    seen = sockets.parse(f"total count=9 rmem_bytes=1024 netns_read={read} netns_failed={failed}")
    window = Window(first=AFFECTED.first, last=AFFECTED.last.with_values(seen), seconds=AFFECTED.seconds)

    assert expected == step(window, "holder")


def test_what_pods_asked_for_stands_beside_what_they_use() -> None:
    """Where Kubernetes was asked: the scheduler goes by requests, the kernel by what is there."""
    pods = ScheduledPods(
        at=NOW,
        pods=(
            ScheduledPod(namespace="live", name="main", memory_request_bytes=500 << 20),
            ScheduledPod(namespace="weave", name="agent", memory_request_bytes=100 << 20, memory_limit_bytes=300 << 20),
        ),
    )
    memory = "MemTotal: 4096000 kB\nMemAvailable: 3000000 kB\nSUnreclaim: 100000 kB"
    used = slices.parse(f"kubepods.slice memory_bytes={700 << 20} anon_bytes={616 << 20}")
    last = Sample([meminfo.parse(memory), used, pods, view(allocatable_memory_bytes=3 << 30)])

    assert step(Window(first=Sample(), last=last), "memory_in_pods").evidence == (
        "MemAvailable is 2.9 GiB of 3.9 GiB; pods 616 MiB, unreclaimable slab 98 MiB; the node's 2 pods request 600 "
        "MiB of 3.0 GiB allocatable, 1 has no limit, the limits of the others add up to 300 MiB"
    )
