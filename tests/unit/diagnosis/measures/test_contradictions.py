"""Numbers that cannot be are refused, and what is left judges in their place."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import pressure
from fleetscan.capture.procfs.filesystems import Filesystem, Filesystems
from fleetscan.capture.procfs.meminfo import Meminfo
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.capture.procfs.processes import Processes
from fleetscan.capture.procfs.slices import Slices
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.diagnosis.diagnose import diagnose
from fleetscan.diagnosis.measures.contradictions import Contradiction, Contradictions, believed
from fleetscan.errors import AbsentError
from fleetscan.model import CaptureStatus, Coverage, Node, Severity
from tests.fixtures.windows import GIB, MIB, SCOPE, cache, caches, memory, one_sample, parsed, queues

TOTAL = 16 * GIB


def refused(*values: object) -> tuple[Contradiction, ...]:
    """Return what is refused of a node with these sources."""
    return believed(one_sample(*values)).last[Contradictions].found


def test_an_impossible_memavailable_is_replaced_by_what_is_left() -> None:
    """Free memory, page cache without shared memory, buffers and reclaimable slab."""
    meminfo = memory(
        total_bytes=TOTAL,
        free_bytes=100 * MIB,
        available_bytes=240 * GIB,
        cached_bytes=300 * MIB,
        shmem_bytes=20 * MIB,
        buffers_bytes=200 * MIB,
        slab_reclaimable_bytes=700 * MIB,
    )
    seen = believed(one_sample(meminfo)).last

    assert seen[Meminfo].available_bytes == 1280 * MIB
    assert seen[Contradictions].found == (
        Contradiction(
            "MemAvailable",
            "MemAvailable is 240 GiB, more than MemTotal 16 GiB",
            "1.2 GiB that are free or can be reclaimed",
        ),
    )


@pytest.mark.parametrize(
    ("values", "name", "words"),
    [
        (
            [memory(total_bytes=TOTAL, free_bytes=17 * GIB)],
            "MemFree",
            "MemFree is 17 GiB, more than MemTotal 16 GiB",
        ),
        (
            [memory(total_bytes=TOTAL, percpu_bytes=17 * GIB)],
            "Percpu",
            "Percpu is 17 GiB, more than MemTotal 16 GiB",
        ),
        (
            [memory(swap_total_bytes=GIB, swap_free_bytes=2 * GIB)],
            "SwapFree",
            "SwapFree is 2.0 GiB, more than SwapTotal 1.0 GiB",
        ),
        (
            [memory(total_bytes=TOTAL, hugepages_total=9000, hugepage_bytes=2 * MIB)],
            "HugePages_Total",
            "HugePages_Total is 18 GiB, more than MemTotal 16 GiB",
        ),
        (
            [memory(total_bytes=TOTAL, hugepages_total=10, hugepages_free=11, hugepage_bytes=2 * MIB)],
            "HugePages_Free",
            "HugePages_Free is 11, more than HugePages_Total 10",
        ),
        (
            [memory(total_bytes=TOTAL), parsed("slices", f"kubepods.slice memory_bytes={1800 * GIB}")],
            "the memory of kubepods.slice",
            "the memory of kubepods.slice is 1.8 TiB, more than MemTotal 16 GiB",
        ),
        (
            [memory(total_bytes=TOTAL), parsed("pods", f"total count=1\nu1 live/a {17 * GIB} max burstable")],
            "the memory of 1 pod",
            "that of live/a is 17 GiB, more than MemTotal 16 GiB",
        ),
        (
            [pressure.parse("memory some avg10=20 avg60=20 total=1\nmemory full avg10=26 avg60=20 total=1")],
            "the pressure on memory",
            "memory PSI full avg10 is 26.00%, more than some 20.00%, of which it is a part",
        ),
        (
            [parsed("tasks", "processes 3\nthreads 9\nzombies 4\nuninterruptible 0")],
            "Tasks",
            "4 zombies, more than processes (3)",
        ),
        ([parsed("loadavg", "1 1 1 9/8 77")], "Loadavg", "9 runnable threads, more than threads (8)"),
        (
            [parsed("filesystems", f"/ nvme0n1p1 xfs rw rw {GIB} {2 * GIB} 10 9")],
            "the free space of /",
            "/ has 2.0 GiB free of 1.0 GiB",
        ),
        (
            [parsed("filesystems", f"/ nvme0n1p1 xfs rw rw {GIB} {MIB} 10 11")],
            "the free inodes of /",
            "/ has 11 inodes free of 10",
        ),
    ],
)
def test_a_part_above_its_whole_is_refused(values: list[object], name: str, words: str) -> None:
    """Each with what it contradicts."""
    assert refused(*values) == (Contradiction(name, words),)


HUGE = 16_000 * 1024**5
"""16,000 PiB."""


@pytest.mark.parametrize(
    ("values", "name", "words"),
    [
        (
            [memory(total_bytes=TOTAL), queues(f"netlink host {17 * GIB} 1 11 {SCOPE}")],
            "Sockets",
            "what is unread in sockets is 17 GiB, more than MemTotal 16 GiB",
        ),
        (
            [
                memory(total_bytes=TOTAL),
                queues(*(f"netlink host {6 * GIB} 1 1{at} {SCOPE}" for at in range(3)), rmem_bytes=GIB),
            ],
            "Sockets",
            "what is unread in sockets is 18 GiB, more than MemTotal 16 GiB",
        ),
        (
            [memory(total_bytes=TOTAL), queues(rmem_bytes=17 * GIB)],
            "Sockets",
            "what is unread in sockets is 17 GiB, more than MemTotal 16 GiB",
        ),
        (
            [memory(total_bytes=TOTAL), queues(f"netlink host {HUGE} 1 11 {SCOPE}")],
            "Sockets",
            "what is unread in sockets is more than MemTotal 16 GiB",
        ),
        (
            [queues(f"netlink host {HUGE} 1 11 {SCOPE}")],
            "Sockets",
            "what is unread in sockets is more than the memory of any instance, 64 TiB",
        ),
        (
            [memory(total_bytes=TOTAL), caches(cache("kmalloc-1k", 17 * 1024 * 1024, 1024), total_bytes=GIB)],
            "Slabinfo",
            "what slab caches hold is 17 GiB, more than MemTotal 16 GiB",
        ),
        (
            [memory(total_bytes=TOTAL), caches(cache("dentry", 21, 192), total_bytes=HUGE)],
            "Slabinfo",
            "what slab caches hold is more than MemTotal 16 GiB",
        ),
        ([memory(total_bytes=HUGE)], "MemTotal", "MemTotal is more than any instance has, 64 TiB"),
        (
            [parsed("pods", f"total count=1\nu1 live/a {HUGE} max burstable")],
            "the memory of 1 pod",
            "that of live/a is more than the memory of any instance, 64 TiB",
        ),
    ],
    ids=["a socket", "a pod", "the total", "petabytes", "no MemTotal", "a cache", "all caches", "MemTotal", "a cgroup"],
)
def test_nothing_holds_more_than_the_node_has(values: list[object], name: str, words: str) -> None:
    """A number that no machine has is not repeated: who reads it remembers the number."""
    assert refused(*values) == (Contradiction(name, words),)


def test_who_holds_more_than_there_is_is_nobody() -> None:
    """No other line of that list is believed either, so nobody is named by it."""
    seen = believed(one_sample(memory(total_bytes=TOTAL), queues(f"netlink host {HUGE} 1 11 {SCOPE}"))).last

    with pytest.raises(AbsentError, match=r"^Sockets was refused: what is unread in sockets is more than MemTotal"):
        seen[Sockets]


def test_what_was_refused_is_not_there() -> None:
    """The number, the pod, the process and the source are gone; what can be stays."""
    seen = believed(
        one_sample(
            memory(total_bytes=TOTAL, free_bytes=17 * GIB, anon_bytes=GIB),
            parsed("slices", f"kubepods.slice memory_bytes={1800 * GIB} anon_bytes={GIB}"),
            parsed("pods", f"total count=2\nu1 live/a {17 * GIB} max burstable\nu2 live/b {GIB} max burstable"),
            parsed("processes", f"1 java {17 * GIB} 0 -\n2 sh {GIB} 0 -"),
            parsed("tasks", "processes 10\nthreads 9\nzombies 0\nuninterruptible 0"),
            parsed("filesystems", f"/ nvme0n1p1 xfs rw rw {GIB} {2 * GIB} 10 9"),
            pressure.parse("memory some avg10=20 total=1\nmemory full avg10=26 total=1\ncpu some avg10=9 total=1"),
        )
    ).last

    assert (seen[Meminfo].free_bytes, seen[Meminfo].anon_bytes) == (None, GIB)
    assert [(one.memory_bytes, one.anon_bytes) for one in seen[Slices].slices] == [(None, GIB)]
    assert (seen[Pods].count, [one.name for one in seen[Pods].pods]) == (2, ["live/b"])
    assert [one.command for one in seen[Processes].processes] == ["sh"]
    assert seen[Filesystems].filesystems == (
        Filesystem(
            mountpoint="/",
            device="nvme0n1p1",
            type="xfs",
            mount_is_read_only=False,
            is_read_only=False,
            total_bytes=None,
            free_bytes=None,
            total_inodes=10,
            free_inodes=9,
        ),
    )
    assert (seen[Pressure].memory, seen[Pressure].cpu is not None) == (None, True)
    with pytest.raises(AbsentError, match=r"^Tasks was refused: 10 processes, more than threads \(9\)$"):
        seen[Tasks]


ACCOUNTS = {"free": 1, "buffers": 1, "cached": 1, "anon": 10, "slab": 1, "page_tables": 1, "kernel_stack": 1}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"anon": 11}, "the counters of meminfo add up to 17 GiB, more than MemTotal 16 GiB"),
        ({"anon": 11, "swap_cached": 1}, "the counters of meminfo add up to 17 GiB, more than MemTotal 16 GiB"),
        ({"anon": 10, "swap_cached": 1}, ""),
    ],
)
def test_accounts_that_add_up_to_more_than_there_is_contradict(changes: dict[str, int], words: str) -> None:
    """By more than some percent, and not by pages that are in swap and in memory."""
    fields = {f"{name}_bytes": size * GIB for name, size in (ACCOUNTS | changes).items()}
    expected = (Contradiction("the sum of the accounts in meminfo", words),) if words else ()

    assert expected == refused(memory(total_bytes=TOTAL, **fields))


@pytest.mark.parametrize(
    "values",
    [
        [parsed("conntrack", "300 200")],
        [parsed("file_nr", "300 0 200")],
        [memory(total_bytes=TOTAL, committed_bytes=90 * GIB, vmalloc_used_bytes=90 * GIB)],
        [memory(total_bytes=TOTAL, available_bytes=TOTAL, free_bytes=TOTAL)],
        [pressure.parse("memory some avg10=20 avg60=20 total=1\nmemory full avg10=25 avg60=20 total=1")],
        [parsed("loadavg", "1 1 1 8/8 77")],
        [memory(total_bytes=TOTAL), parsed("processes", f"1 java {17 * GIB} 0 -")],
    ],
)
def test_what_is_odd_and_can_be_is_no_contradiction(values: list[object]) -> None:
    """A limit that was lowered, root's files, address space, averages in between two updates, pages mapped twice."""
    assert refused(*values) == ()


def test_a_node_whose_kernel_lies_is_judged_by_what_is_left_and_not_called_well() -> None:
    """Pressure is told although MemAvailable says that all is free; what was refused says why rules were skipped."""
    window = one_sample(
        memory(total_bytes=TOTAL, free_bytes=100 * MIB, available_bytes=240 * GIB, slab_bytes=17 * GIB),
        pressure.parse("memory some avg10=92 avg60=90 total=1\nmemory full avg10=70 avg60=70 total=1"),
    )
    found = diagnose(Node(instance_id="i-1"), window, Coverage(status=CaptureStatus.ANSWERED))
    severities = {one.rule: one.severity for one in found.findings}

    assert severities["memory_pressure_high"] is Severity.CRITICAL
    assert severities["memory_available_low"] is Severity.CRITICAL
    assert severities["evidence_contradictory"] is Severity.INFO
    assert found.readings.memory_available_bytes is None
    assert found.skipped["memory_unaccounted"] == "Slab was refused: Slab is 17 GiB, more than MemTotal 16 GiB"
