"""The real collection script on what a worker must have: its disks, services, clock, network and journals."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.fixtures.capture_text import CaptureText, take_apart
from tests.fixtures.node_tree import CHRONY, COLLECT, MOUNTINFO, NodeTree, diskstats, ethtool, net_dev

ROOM = "21464350720 12884901888 10485760 10304512"


def collect(tree: NodeTree, **extra: str) -> CaptureText:
    """Run the script on a tree."""
    run = tree.collect(**extra)

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout)


@pytest.fixture
def first(healthy_tree: NodeTree, tmp_path: Path) -> NodeTree:
    """Return the tree of five seconds before."""
    before = NodeTree(tmp_path / "before", uptime_seconds=healthy_tree.uptime_seconds - 5)
    before.add_host()
    return before


def both(before: NodeTree, **extra: str) -> dict[str, str]:
    """Return the settings that read the first sample from another tree."""
    return {"FIRST_PROC_ROOT": str(before.root / "proc"), "FIRST_SYS_ROOT": str(before.root / "sys"), **extra}


class TestFilesystems:
    """State by mountinfo, room by statfs, one line for each file system."""

    def test_one_file_system_is_one_line(self, healthy_tree: NodeTree, collect_awk: str) -> None:
        """Paths in the same mount and of the same size are on it."""
        healthy_tree.write("statfs", f"/ {ROOM}\n/var/lib/containerd {ROOM}\n/var/lib/kubelet {ROOM}\n")

        assert collect(healthy_tree, AWK=collect_awk).last["filesystems"] == [f"/ nvme0n1p1 xfs rw rw {ROOM}"]

    def test_file_systems_of_their_own_are_lines_of_their_own(self, healthy_tree: NodeTree, collect_awk: str) -> None:
        """The runtime's on a second disk, the kubelet's on a third that turned read-only, and the volume of a pod."""
        healthy_tree.write(
            "proc/1/mountinfo",
            f"{MOUNTINFO}40 28 259:5 / /var/lib/containerd rw,noatime shared:7 - ext4 /dev/nvme1n1 rw\n"
            "41 28 259:6 / /var/lib/kubelet rw,noatime - ext4 /dev/nvme2n1 ro,seclabel\n"
            "42 41 259:7 / /var/lib/kubelet/pods/0b2a/volumes/x/mount rw - xfs /dev/nvme3n1 ro\n"
            "43 41 259:7 / /var/lib/kubelet/plugins/x/globalmount rw - xfs /dev/nvme3n1 ro\n"
            "44 28 7:1 / /snap/core/1 ro,nodev - squashfs /dev/loop1 ro\n"
            "45 28 0:55 / /var/lib/kubelet/pods/0b2a/volumes/y rw - tmpfs tmpfs ro\n",
        )
        healthy_tree.write("statfs", f"/ {ROOM}\n/var/lib/containerd 500 60 0 0\n/var/lib/kubelet {ROOM}\n")
        capture = collect(healthy_tree, AWK=collect_awk)

        assert capture.last["filesystems"] == [
            f"/ nvme0n1p1 xfs rw rw {ROOM}",
            "/var/lib/containerd nvme1n1 ext4 rw rw 500 60 0 0",
            f"/var/lib/kubelet nvme2n1 ext4 rw ro {ROOM}",
            "/var/lib/kubelet/pods/0b2a/volumes/x/mount nvme3n1 xfs rw ro - - - -",
        ]
        assert capture.summary_end["triggers"] == "disk"

    def test_a_tree_without_the_file_has_no_room(self, healthy_tree: NodeTree) -> None:
        """The machine that reads a recording is not asked instead."""
        (healthy_tree.root / "statfs").unlink()

        assert collect(healthy_tree).last["filesystems"] == ["/ nvme0n1p1 xfs rw rw - - - -"]

    def test_room_alone_is_a_line_as_well(self, empty_tree: NodeTree) -> None:
        """Of a tree that holds nothing else."""
        empty_tree.write("statfs", f"/ {ROOM}\n/data 5 x 5 5\n/old {ROOM} 7\n")

        assert collect(empty_tree).last == {"filesystems": [f"/ - - - - {ROOM}"]}

    @pytest.mark.parametrize(
        ("room", "triggers"), [("100 12 0 0", "-"), ("100 11 0 0", "disk"), ("100 50 100 11", "disk")]
    )
    def test_little_room_brings_the_detail(self, healthy_tree: NodeTree, room: str, triggers: str) -> None:
        """Bytes or inodes; a file system without a number of inodes lacks none."""
        healthy_tree.write("statfs", f"/ {room}\n")

        assert collect(healthy_tree).summary_end["triggers"] == triggers


class TestServices:
    """The kubelet and the runtimes, and whether they are stopped or stuck."""

    def test_every_runtime_is_listed(self, healthy_tree: NodeTree) -> None:
        """What keeps a node in its cluster."""
        healthy_tree.add_process(700, "dockerd")
        healthy_tree.add_process(701, "crio", state="R")

        assert [line.split()[0] for line in collect(healthy_tree).last["services"]] == [
            *("kubelet", "containerd", "dockerd", "crio"),
        ]

    @pytest.mark.parametrize(("age", "again"), [(1_000_000.0, " again=T"), (500.0, "")], ids=["same", "another"])
    def test_the_first_sample_is_the_other_reading(
        self, healthy_tree: NodeTree, first: NodeTree, collect_awk: str, age: float, again: str
    ) -> None:
        """Of the same process: one that had this pid before says nothing."""
        healthy_tree.add_process(913, "kubelet", state="T", threads=22, resident_pages=26_000)
        first.add_process(913, "kubelet", state="T", age_seconds=age - 5)
        capture = collect(healthy_tree, **both(first, AWK=collect_awk))

        assert capture.last["services"][0] == f"kubelet pid=913 age_seconds=1000000 rss_bytes=106496000 state=T{again}"
        assert capture.summary_end["triggers"] == "services"

    def test_a_recording_of_one_instant_has_no_other_reading(self, healthy_tree: NodeTree) -> None:
        """Read twice it would be in the same state for ever."""
        healthy_tree.add_process(812, "containerd", state="D", resident_pages=14_000)

        assert collect(healthy_tree).last["services"][1].endswith(" state=D")

    def test_shims_are_counted(self, healthy_tree: NodeTree) -> None:
        """In pods' cgroups or outside of them they belong to the runtime."""
        for pid in (500, 501, 502):
            healthy_tree.add_process(pid, "containerd-shim")

        assert collect(healthy_tree).last["tasks"][-1] == "shims 3"


class TestLimits:
    """What all pods together may use, and all threads."""

    @pytest.mark.parametrize("version", [1, 2])
    def test_the_limits_of_all_pods(self, tmp_path: Path, collect_awk: str, version: int) -> None:
        """Version 1 writes no limit as a number."""
        tree = NodeTree(tmp_path, cgroup_version=version)
        tree.add_host()
        pids = "sys/fs/cgroup/kubepods.slice" if version == 2 else "sys/fs/cgroup/pids/kubepods.slice"
        tree.write(f"{pids}/pids.current", "412\n")
        tree.write(f"{pids}/pids.max", "7500\n")
        limit = "memory.max" if version == 2 else "memory.limit_in_bytes"
        memory = "sys/fs/cgroup/kubepods.slice" if version == 2 else "sys/fs/cgroup/memory/kubepods.slice"
        tree.write(f"{memory}/{limit}", "3219914752\n")
        limited = collect(tree, AWK=collect_awk).last["slices"][0]
        tree.write(f"{memory}/{limit}", "max\n" if version == 2 else "9223372036854771712\n")
        unlimited = collect(tree, AWK=collect_awk).last["slices"][0]

        start = "kubepods.slice memory_bytes=1000000000 cpu_usec=912312381231 memory_max="
        assert (limited, unlimited) == (
            f"{start}3219914752 pids=412 pids_max=7500",
            f"{start}max pids=412 pids_max=7500",
        )

    def test_the_smaller_limit_of_threads_brings_the_detail(self, healthy_tree: NodeTree) -> None:
        """pid_max alone is not what bites."""
        healthy_tree.write("proc/sys/kernel/threads-max", "150\n")
        capture = collect(healthy_tree)

        assert (capture.last["threads_max"], capture.summary_end["triggers"]) == (["150"], "tasks")


class TestHost:
    """What the kernel lacks, and what the script cannot see."""

    @pytest.mark.parametrize(("kernel", "known"), [("4.14.355-276.639.amzn2.x86_64", True), ("5.10.1", False)])
    def test_a_recording_has_no_pressure_for_certain_only_on_an_old_kernel(
        self, healthy_tree: NodeTree, kernel: str, *, known: bool
    ) -> None:
        """Else it may be that nobody recorded it."""
        shutil.rmtree(healthy_tree.root / "proc/pressure")
        healthy_tree.write("proc/sys/kernel/osrelease", f"{kernel}\n")

        assert ("pressure none" in collect(healthy_tree).last["host"]) is known

    def test_a_container_sees_its_own_processes(self, empty_tree: NodeTree, collect_awk: str) -> None:
        """The kernel counts 812 threads, the list has four and no kernel thread."""
        empty_tree.add_host()
        for pid, command in ((1, "start_control_s"), (9, "amazon-ssm-agen"), (31, "ssm-agent-worke"), (77, "sh")):
            empty_tree.add_process(pid, command)

        assert "processes_visible own" in collect(empty_tree, AWK=collect_awk).last["host"]

    def test_a_recording_with_few_of_the_processes_is_not_taken_for_one(self, empty_tree: NodeTree) -> None:
        """Its first process is an init."""
        empty_tree.add_host()
        empty_tree.add_process(1, "systemd")

        assert "processes_visible own" not in collect(empty_tree).last["host"]

    def test_a_node_without_its_kubelet_does_not(self, healthy_tree: NodeTree) -> None:
        """The first kernel thread is there."""
        shutil.rmtree(healthy_tree.root / "proc/913")

        assert "processes_visible own" not in collect(healthy_tree).last["host"]


class TestClock:
    """chrony's own answer."""

    @pytest.mark.parametrize(
        ("answer", "line"),
        [
            (
                "00000000,,0,0.000000000,0.000000000,0,0,0,0,0,1,1,0.0,Not synchronised\n",
                "unsynchronized stratum=0 offset_seconds=0.000000000 leap=Not_synchronised",
            ),
            (
                "Stratum   : 4\nSystem time     : 0.000012031 seconds slow of NTP time\nLeap status     : Normal\n",
                "synchronized",
            ),
            ("x,y,z\n", None),
        ],
        ids=["no source", "without -c", "something else"],
    )
    def test_what_it_says(self, healthy_tree: NodeTree, collect_awk: str, answer: str, line: str | None) -> None:
        """Either form of its answer."""
        healthy_tree.write("chrony.txt", answer)

        assert collect(healthy_tree, AWK=collect_awk).last.get("clock") == (None if line is None else [line])

    def test_a_healthy_clock(self, healthy_tree: NodeTree) -> None:
        """Of a clock that is right there is no more to say; the sign of the offset says nothing."""
        right = collect(healthy_tree).last["clock"]
        healthy_tree.write("chrony.txt", CHRONY.replace("-0.000012031", "-0.250000000"))

        assert (right, collect(healthy_tree).last["clock"]) == (
            ["synchronized"],
            ["synchronized stratum=4 offset_seconds=0.250000000 leap=Normal"],
        )


class TestNetwork:
    """Interfaces, allowances, neighbours."""

    def test_errors_between_the_samples_are_told(
        self, healthy_tree: NodeTree, first: NodeTree, collect_awk: str
    ) -> None:
        """Old errors are not, nor those of an interface that was made anew."""
        first.write("proc/net/dev", net_dev({"eth0": (100, 7, 90, 0), "eni1": (9, 9, 9, 9), "gone0": (1, 1, 1, 1)}))
        healthy_tree.write(
            "proc/net/dev", net_dev({"eth0": (1300, 37, 990, 2), "eni1": (5, 10, 9, 9), "new0": (1, 1, 1, 1)})
        )
        capture = collect(healthy_tree, **both(first, AWK=collect_awk))

        assert capture.last["interfaces"] == [
            "read 2",
            "eth0 rx_packets=1200 rx_errors=30 tx_packets=900 tx_errors=2",
        ]
        assert capture.summary_end["triggers"] == "network"

    def test_no_errors_are_told_as_well(self, healthy_tree: NodeTree, first: NodeTree) -> None:
        """And a recording of one instant shows no growth."""
        assert collect(healthy_tree, **both(first)).last["interfaces"] == ["read 2"]
        assert "interfaces" not in collect(healthy_tree).last

    def test_allowances_are_those_that_are_not_zero(self, healthy_tree: NodeTree, collect_awk: str) -> None:
        """Of every network card that was asked."""
        healthy_tree.write("ethtool/eth1.txt", ethtool(conntrack_allowance_exceeded=4, queue_0_tx_cnt=9))

        assert collect(healthy_tree, AWK=collect_awk).last["allowances"] == [
            "read 2",
            "eth1 conntrack_allowance_exceeded=4",
        ]

    def test_neighbours_are_hexadecimal_and_counted_once(self, healthy_tree: NodeTree, collect_awk: str) -> None:
        """Each CPU repeats the number of entries and counts its own failures."""
        healthy_tree.write(
            "proc/net/stat/arp_cache",
            "entries  allocs   table_fulls\n000003fa 00000002 00000009\n000003fa 00000001 0000000a\n",
        )
        capture = collect(healthy_tree, AWK=collect_awk)

        assert capture.last["neighbours"] == ["entries=1018 gc_thresh3=1024 table_fulls=19"]
        assert capture.summary_end["triggers"] == "network"


GREW = ("reads=12", "writes=840", "read_ms=90", "write_ms=41000", "busy_ms=4980", "queue_ms=160000")
PLEG = (
    'E0413 10:53:57.845163    3263 kubelet.go:2055] "Skipping pod synchronization" err="PLEG is not healthy: '
    'pleg was last seen active 2h33m17.7s ago; threshold is 3m0s"\n'
)
ADDRESSES = '{"level":"error","ts":"%s","msg":"Failed to create ENI: InsufficientFreeAddressesInSubnet: no more"}\n'


class TestJournal:
    """The last lines of the kubelet and the runtime, by kind."""

    def test_kinds_are_counted_and_the_newest_is_shown(
        self, healthy_tree: NodeTree, tmp_path: Path, collect_awk: str
    ) -> None:
        """Without the kubelet's own head of a line."""
        journal = tmp_path / "journal.txt"
        journal.write_text(f"{PLEG}node ready\n{PLEG.replace('2h33m', '2h34m')}@end summary triggers=-\n")
        capture = collect(healthy_tree, JOURNAL=str(journal), AWK=collect_awk)

        expected = [
            "read lines=4",
            f"pleg 2 {PLEG.partition('] ')[2].replace('2h33m', '2h34m').strip()}",
        ]
        assert (capture.last["journal"], capture.detail["journal"]) == (expected, expected)
        assert capture.summary_end["triggers"] == "services"

    def test_a_quiet_journal_is_told(self, healthy_tree: NodeTree, tmp_path: Path) -> None:
        """Read, and nothing in it matters; a tree without one says nothing."""
        journal = tmp_path / "journal.txt"
        journal.write_text("node ready\n")

        assert collect(healthy_tree, JOURNAL=str(journal)).last["journal"] == ["read lines=1"]
        assert "journal" not in collect(healthy_tree).last

    @pytest.mark.parametrize(
        ("at", "is_told"),
        [("2003-09-12T14:40:00.123Z", True), ("2003-09-12T14:22:00.123Z", False)],
        ids=["three minutes ago", "twenty-one minutes ago"],
    )
    def test_the_address_manager_s_log_counts_for_twenty_minutes(
        self, healthy_tree: NodeTree, collect_awk: str, at: str, *, is_told: bool
    ) -> None:
        """The node booted at 1062191376 and is up for 1186401 s: it is 14:42 of 12 September 2003."""
        healthy_tree.write("var/log/aws-routed-eni/ipamd.log", ADDRESSES % at)
        journal = collect(healthy_tree, AWK=collect_awk).last.get("journal", [])

        assert [line.split()[0] for line in journal] == (["read", "address_missing"] if is_told else [])


class TestDetail:
    """What is sent only on suspicion."""

    def test_a_disk_that_tasks_wait_for(self, healthy_tree: NodeTree, first: NodeTree, collect_awk: str) -> None:
        """Which disk, which volume, and who waits."""
        first.write("proc/diskstats", diskstats({"nvme1n1": (5,) * 7, "nvme1n1p1": (5,) * 7, "loop0": (0,) * 7}))
        healthy_tree.write(
            "proc/diskstats",
            diskstats({"nvme1n1": (17, 845, 95, 41005, 31, 4985, 160005), "nvme1n1p1": (9,) * 7, "loop0": (9,) * 7}),
        )
        healthy_tree.write("sys/block/nvme1n1/device/serial", "vol0abc \n")
        healthy_tree.write("proc/pressure/io", "some avg10=1.00 avg60=20.00 avg300=0.22 total=9\n")
        for pid in (7005, 7006, 7007):
            healthy_tree.add_process(pid, "postgres", state="D")
        capture = collect(healthy_tree, **both(first, AWK=collect_awk))

        assert capture.summary_end["triggers"] == "io"
        assert capture.detail["disks"] == [" ".join(["nvme1n1", *GREW, "in_flight=31", "volume=vol-0abc"])]
        assert capture.detail["waiting"] == ["7005 postgres -", "7006 postgres -", "7007 postgres -"]

    @pytest.mark.parametrize("full", ["avg10=8.00 avg60=0.00", "avg10=0.00 avg60=8.00"])
    def test_a_disk_that_all_wait_for(self, healthy_tree: NodeTree, full: str) -> None:
        """Whoever waits then."""
        healthy_tree.write("proc/pressure/io", f"full {full} avg300=0.22 total=9\n")

        assert collect(healthy_tree).summary_end["triggers"] == "io"

    def test_a_page_allocation_that_failed_brings_the_free_blocks(
        self, healthy_tree: NodeTree, tmp_path: Path, collect_awk: str
    ) -> None:
        """Of zone Normal, summed over the nodes of the memory."""
        log = tmp_path / "log"
        log.write_text("[1186300.0] kswapd0: page allocation failure: order:3, mode:0x40cc0(GFP_KERNEL)\n")

        assert collect(healthy_tree, KERNEL_LOG=str(log), AWK=collect_awk).detail["buddyinfo"] == [
            "4382 2108 812 323 97 32 9 3 1 1 1"
        ]

    def test_who_holds_inotify_instances(self, healthy_tree: NodeTree, collect_awk: str) -> None:
        """By the user that the descriptors belong to."""
        healthy_tree.write("proc/sys/fs/file-nr", "70000\t0\t100000\n")
        healthy_tree.add_process(7400, "kubelet-watch", open_sockets=[1, 2])
        for number in (10, 11):
            (healthy_tree.root / f"proc/7400/fd/{number}").symlink_to("anon_inode:inotify")

        assert collect(healthy_tree, AWK=collect_awk).detail["inotify"] == [
            "max_user_instances 128",
            "max_user_watches 8192",
            f"user {os.getuid()} instances=2",
        ]


def test_what_hangs_costs_its_own_sections_only(tmp_path: Path) -> None:
    """Commands that never answer, and leave somebody behind who holds their output open, on this machine."""
    if shutil.which("timeout") is None or not Path("/proc/self/stat").exists():
        pytest.skip("without timeout nothing can be bounded")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("stat", "chronyc", "journalctl", "ethtool"):
        (tools / name).write_text("#!/bin/sh\nsetsid sleep 25 &\nexec sleep 25\n")
        (tools / name).chmod(0o755)
    script = tmp_path / "collect.sh"
    script.write_text(COLLECT.read_text().replace("PATH=/usr/sbin:", f"PATH={tools}:/usr/sbin:"))
    began = time.monotonic()
    run = subprocess.run(
        ["sh", str(script)],
        env={"PATH": os.environ["PATH"], "WINDOW_SECONDS": "0"},
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    capture = take_apart(run.stdout)

    assert (run.returncode, run.stderr) == (0, b"")
    assert time.monotonic() - began < 20
    assert {"meminfo", "tasks", "sockets", "neighbours"} <= capture.last.keys()
    assert {"clock", "allowances", "journal"}.isdisjoint(capture.last.keys())
    assert "journal" in capture.summary_end["unreadable"].split(",")
