"""The real collection script on recorded nodes: what each section says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.capture_text import CaptureText, take_apart
from tests.fixtures.node_tree import NodeTree, Pod, add_daemons, example_slabs, slab_line, uid_of


def _collect(tree: NodeTree, **extra: str) -> CaptureText:
    run = tree.collect(**extra)

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout)


def test_a_healthy_node_has_a_whole_summary_and_no_detail(healthy_tree: NodeTree) -> None:
    """Nothing to worry about costs one page of a list call and no more."""
    capture = _collect(healthy_tree)

    assert capture.summary_end == {"triggers": "-", "dropped": "-", "unreadable": "-"}
    assert capture.detail == {}
    assert capture.strays == []


def test_fixed_sections_are_the_kernels_own_lines(healthy_tree: NodeTree) -> None:
    """What is small is passed on as the kernel writes it."""
    last = _collect(healthy_tree).last

    assert last["uptime"] == ["1186401.52"]
    assert last["stat"] == [
        "cpu 10132153 290696 3084719 106776136 16683 0 25195 12",
        "procs_running 1",
        "procs_blocked 0",
    ]
    assert last["vmstat"] == ["pswpin 0", "pswpout 0", "pgmajfault 58231", "oom_kill 0"]
    assert last["loadavg"] == ["0.39 0.41 0.40 2/812 771211"]
    assert last["sockstat"] == [
        "sockets: used 1312",
        "TCP: inuse 214 orphan 0 tw 88 alloc 431 mem 129",
        "UDP: inuse 12 mem 9",
    ]
    assert last["conntrack"] == ["4121 131072"]
    assert last["tcp_mem"] == ["92961 123949 185922"]
    assert last["file_nr"] == ["9312 0 9223372036854775807"]
    assert last["pid_max"] == ["4194304"]
    assert last["cgroups"] == ["memory 312", "dying 5"]
    assert last["host"] == [
        "kernel 6.1.141-155.222.amzn2023.x86_64",
        "os amzn-2023",
        "boot_id 3f0c2d51",
        "cpus 2",
        "cgroup_version 2",
        "page_bytes 4096",
    ]


def test_meminfo_leaves_out_what_not_every_kernel_has_when_it_is_zero(healthy_tree: NodeTree) -> None:
    """Zero there means the same as a kernel that does not count it."""
    last = _collect(healthy_tree).last
    keys = [line.partition(":")[0] for line in last["meminfo"]]

    assert "MemTotal: 8028160" in last["meminfo"]
    assert "SwapTotal: 0" in last["meminfo"]
    assert [key for key in keys if key in {"SecPageTables", "Zswap", "HardwareCorrupted", "Hugetlb", "Active"}] == []


def test_pressure_in_the_summary_is_short_and_in_the_detail_whole(healthy_tree: NodeTree) -> None:
    """The five-minute average, totals and who waits for the disk completely are for the detail."""
    capture = _collect(healthy_tree, DETAIL="1")

    assert capture.last["pressure"] == [
        "memory some avg10=0.12 avg60=0.31 total=912381231",
        "memory full avg10=0.00 avg60=0.00",
        "cpu some avg10=0.12 avg60=0.31",
        "io some avg10=0.12 avg60=0.31",
    ]
    assert len(capture.detail["pressure"]) == 6
    assert capture.detail["pressure"][0] == "memory some avg10=0.12 avg60=0.31 avg300=0.22 total=912381231"


@pytest.mark.parametrize(("version", "driver"), [(2, "systemd"), (2, "cgroupfs"), (1, "systemd"), (1, "cgroupfs")])
def test_pods_are_found_under_both_cgroup_versions_and_drivers(tmp_path: Path, version: int, driver: str) -> None:
    """Memory, limit, quality and names are the same however the kubelet lays its cgroups out."""
    tree = NodeTree(tmp_path, cgroup_version=version, driver="systemd" if driver == "systemd" else "cgroupfs")
    tree.add_host()
    add_daemons(tree)
    pod = tree.add_pod("shop-0", {"app": "shop:1"}, quality="guaranteed", memory_bytes=399507456, limit="536870912")
    tree.add_process(2000, "pause", pod=pod, container="POD")
    tree.add_process(2001, "app", pod=pod, container="app", resident_pages=5000, swap_kilobytes=12)
    free = tree.add_pod("cron-1", {"job": "cron:1"}, quality="besteffort", memory_bytes=1000)
    tree.add_process(2002, "job", pod=free, container="job")
    capture = _collect(tree, DETAIL="1")

    assert [
        "total count=2",
        f"{uid_of('shop-0')} live/shop-0 399507456 536870912 guaranteed",
        f"{uid_of('cron-1')} live/cron-1 1000 max besteffort",
    ] == capture.detail["pods"]
    assert "2001 app 20480000 12288 live/shop-0" in capture.detail["processes"]
    assert [
        f"{pod.containers['app'][:12]} live/shop-0 app shop:1",
        f"{free.containers['job'][:12]} live/cron-1 job cron:1",
    ] == capture.detail["containers"]
    assert capture.last["slices"] == ["kubepods.slice memory_bytes=1000000000 cpu_usec=912312381231"]
    assert capture.detail["slices"][0] == (
        "kubepods.slice memory_bytes=1000000000 cpu_usec=912312381231 "
        "anon_bytes=700000000 file_bytes=200000000 kernel_bytes=90000000 sock_bytes=40960"
    )


def test_names_come_from_log_files_where_bundles_cannot_be_read(empty_tree: NodeTree) -> None:
    """The directory /run/containerd may be closed; then the images are not known, and not made up."""
    empty_tree.add_host()
    pod = empty_tree.add_pod("shop-0", {"app": "shop:1"}, has_bundles=False)
    empty_tree.add_process(2001, "app", pod=pod, container="app")
    capture = _collect(empty_tree, DETAIL="1")

    assert [f"{pod.containers['app'][:12]} live/shop-0 app -"] == capture.detail["containers"]
    assert "images" not in capture.last


def test_a_pod_without_a_name_keeps_its_uid(empty_tree: NodeTree) -> None:
    """Neither bundle nor log file: the uid still leads to the pod."""
    empty_tree.add_host()
    pod = empty_tree.add_pod("shop-0", {"app": "shop:1"}, has_bundles=False, has_logs=False)
    empty_tree.add_process(2001, "app", pod=pod, container="app")
    capture = _collect(empty_tree, DETAIL="1")

    assert f"{pod.uid} - 100000000 max burstable" == capture.detail["pods"][1]
    assert [f"{pod.containers['app'][:12]} {pod.uid} - -"] == capture.detail["containers"]


def test_images_are_hashes_of_repositories_without_host_tag_and_digest(empty_tree: NodeTree) -> None:
    """The worked examples of the format: the same repository from two registries is one."""
    empty_tree.add_host()
    images = [
        "docker.io/weaveworks/scope:1.13.2",
        "registry.example:5000/weaveworks/scope@sha256:" + "0" * 64,
        "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.31.2",
        "602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.19.0@sha256:" + "1" * 64,
        "sha256:" + "2" * 64,
    ]
    for number, image in enumerate(images):
        pod = empty_tree.add_pod(f"pod-{number}", {"app": image})
        empty_tree.add_process(2000 + number, "app", pod=pod, container="app")

    assert _collect(empty_tree).last["images"] == ["RTpcylzjRq yKzRLRSyXq ZSXhrjuWTt"]


@pytest.mark.usefixtures("scope_pod")
def test_a_host_network_pod_is_named_as_the_holder_of_host_sockets(healthy_tree: NodeTree) -> None:
    """The incident's root cause: netlink and packet sockets of the host, opened by a pod."""
    capture = _collect(healthy_tree)
    owner = "7001 scope weave/weave-scope-agent-x7k2p scope-agent docker.io/weaveworks/scope:1.13.2"

    assert [
        "total count=2 rmem_bytes=84414464 netns_read=11 netns_failed=0",
        f"netlink host 84410368 81221 3912771 {owner}",
        f"packet host 4096 - 3912772 {owner}",
    ] == capture.detail["sockets"]
    assert capture.summary_end["triggers"] == "sockets"


def test_a_socket_in_a_pods_own_namespace_is_that_pods(healthy_tree: NodeTree, scope_pod: Pod) -> None:
    """Its namespace names the pod; process and container are looked for among the pod's own processes alone."""
    pod = healthy_tree.add_pod("sniffer-0", {"tcpdump": "nicolaka/netshoot:1"})
    healthy_tree.add_process(7100, "tcpdump", pod=pod, container="tcpdump", open_sockets=[555])
    healthy_tree.add_sockets("proc/7100/net", kernel_inode=60_001, packets=[(0, 555)])
    quiet = healthy_tree.add_pod("dhcp-0", {"dhcp": "dhcp:1"})
    healthy_tree.add_process(7200, "dhcp", pod=quiet, container="dhcp")
    healthy_tree.add_sockets("proc/7200/net", kernel_inode=60_002, packets=[(0, 556)])
    sockets = _collect(healthy_tree).detail["sockets"]

    assert scope_pod.uid != pod.uid
    assert f"packet {pod.uid} 0 - 555 7100 tcpdump live/sniffer-0 tcpdump nicolaka/netshoot:1" in sockets
    assert f"packet {quiet.uid} 0 - 556 - - live/dhcp-0 - -" in sockets


def test_a_daemon_of_the_host_is_found_when_no_pod_holds_the_socket(healthy_tree: NodeTree) -> None:
    """Pods on the host's network are looked at first, then what runs outside of pods."""
    healthy_tree.add_process(400, "systemd-network", open_sockets=[777])
    healthy_tree.add_sockets("proc/net", kernel_inode=4026, packets=[(0, 777)])

    assert _collect(healthy_tree, DETAIL="1").detail["sockets"] == [
        "total count=1 rmem_bytes=0 netns_read=11 netns_failed=0",
        "packet host 0 - 777 400 systemd-network - - -",
    ]


def test_nobody_looks_for_the_owner_of_sockets_that_hold_nothing_on_a_healthy_node(healthy_tree: NodeTree) -> None:
    """Looking at every open file costs as much as all processes do; 64 KiB are worth it, and so is any detail."""
    healthy_tree.add_process(400, "systemd-network", open_sockets=[777])
    healthy_tree.add_sockets("proc/net", kernel_inode=4026, packets=[(0, 777)])
    little = _collect(healthy_tree).last["sockets"][1]
    healthy_tree.add_sockets("proc/net", kernel_inode=4026, packets=[(65_536, 777)])
    much = _collect(healthy_tree).last["sockets"][1]

    assert little == "packet host 0 - 777 - - - - -"
    assert much == "packet host 65536 - 777 400 systemd-network - - -"


def test_namespaces_that_cannot_be_read_are_counted(healthy_tree: NodeTree) -> None:
    """What is in them is not known, so their number must be."""
    pod = healthy_tree.add_pod("gone-0", {"app": "gone:1"})
    healthy_tree.add_process(7300, "app", pod=pod, container="app")

    assert _collect(healthy_tree).last["sockets"] == ["total count=0 rmem_bytes=0 netns_read=11 netns_failed=1"]


def test_slab_caches_come_by_size_with_reclaim_flag_and_socket_heads_always(healthy_tree: NodeTree) -> None:
    """The flag stands in sysfs; where it is missing it is unknown."""
    healthy_tree.write("sys/kernel/slab/dentry/reclaim_account", "1\n")
    healthy_tree.write("sys/kernel/slab/skbuff_head_cache/reclaim_account", "0\n")
    slabs = _collect(healthy_tree).last["slabinfo"]

    assert slabs == [
        "total caches=250 bytes=152862720",
        "dentry 210300 215040 192 21 1 10240 1",
        "ext4_inode_cache 30120 31000 1096 14 4 2215 -",
        "inode_cache 41230 42000 608 13 2 3231 -",
        "kmalloc-1k 14100 14336 1024 16 4 896 -",
        "vm_area_struct 61200 62000 200 20 1 3100 -",
        "skbuff_head_cache 5210 5280 256 16 1 330 0",
    ]


def test_page_size_is_the_nodes_own(healthy_tree: NodeTree) -> None:
    """Pages of 64 KiB on some arm64 kernels make the same cache sixteen times as large."""
    last = _collect(healthy_tree, PAGE_BYTES="65536").last

    assert f"total caches=250 bytes={152862720 * 16}" == last["slabinfo"][0]
    assert "page_bytes 65536" in last["host"]


def test_zombies_are_counted_and_their_parent_is_named(healthy_tree: NodeTree) -> None:
    """The parent that reaps its children least is the one to restart."""
    healthy_tree.add_process(5150, "java")
    for pid in range(6000, 6020):
        healthy_tree.add_process(pid, "sh", state="Z", parent=5150, virtual_bytes=0, resident_pages=0)
    healthy_tree.add_process(6100, "sh", state="Z", parent=1, virtual_bytes=0, resident_pages=0)
    healthy_tree.add_process(6200, "nfsd", state="D")
    capture = _collect(healthy_tree)

    assert capture.last["tasks"] == [
        "processes 82",
        "threads 143",
        "zombies 21",
        "uninterruptible 1",
        "zombie_parent 5150 20 java",
    ]
    assert capture.summary_end["triggers"] == "tasks"


def test_a_young_kubelet_on_an_old_node_brings_its_starts_from_the_journal(
    healthy_tree: NodeTree, tmp_path: Path
) -> None:
    """What systemd says, under any name of the unit; what the kubelet says of itself would count it twice."""
    healthy_tree.add_process(913, "kubelet", threads=22, resident_pages=26_000, age_seconds=300)
    journal = tmp_path / "journal"
    journal.write_text(
        "Started kubelet.service - Kubernetes Kubelet.\nI1124 node ready\n"
        'I1129 10:00:01.000000     903 server.go:1230] "Started kubelet"\n'
        "Nov 24 03:15:01 host systemd[1]: Started Service for snap application kubelet-eks.daemon.\n"
        "Started containerd.service - containerd container runtime.\n"
        "Started cri-containerd-0123456789ab.scope - libcontainer container 0123456789ab.\n"
    )
    capture = _collect(healthy_tree, JOURNAL=str(journal))

    assert capture.detail["services"] == [
        "kubelet pid=913 age_seconds=300 rss_bytes=106496000 state=S starts_20m=2",
        "containerd pid=812 age_seconds=1000000 rss_bytes=57344000 state=S starts_20m=1",
    ]
    assert capture.last["services"][0] == "kubelet pid=913 age_seconds=300 rss_bytes=106496000 state=S"


def test_open_files_are_counted_only_when_files_are_many(healthy_tree: NodeTree) -> None:
    """Listing descriptors is the dearest thing there is, so it needs its trigger."""
    healthy_tree.add_process(7400, "leaky", open_sockets=range(100, 240))
    calm = _collect(healthy_tree)
    healthy_tree.write("proc/sys/fs/file-nr", "70000\t0\t100000\n")
    alarmed = _collect(healthy_tree)

    assert calm.detail == {}
    assert alarmed.summary_end["triggers"] == "files"
    assert alarmed.detail["descriptors"] == ["7400 leaky 140 -"]


def test_zfs_is_reported_where_it_is(healthy_tree: NodeTree) -> None:
    """Its cache is in no field of meminfo."""
    healthy_tree.write("proc/spl/kstat/zfs/arcstats", "13 1 0x01\nname type data\nsize                4    912381231\n")

    assert _collect(healthy_tree).last["arcstats"] == ["size 912381231"]


def test_a_recording_of_two_instants_has_a_first_sample_with_what_rates_need(
    healthy_tree: NodeTree, tmp_path: Path
) -> None:
    """Counters of the first tree and of the second stand in their own samples."""
    before = NodeTree(tmp_path / "before", uptime_seconds=healthy_tree.uptime_seconds - 5)
    before.add_host()
    healthy_tree.write("proc/vmstat", "pswpin 1000\npswpout 2000\npgmajfault 3\noom_kill 0\n")
    capture = _collect(healthy_tree, FIRST_PROC_ROOT=str(before.root / "proc"), FIRST_SYS_ROOT=str(before.root / "sys"))

    assert capture.first == {
        "uptime": ["1186396.52"],
        "stat": ["cpu 10132153 290696 3084719 106775686 16683 0 25195 12"],
        "vmstat": ["pswpin 0", "pswpout 0", "pgmajfault 58231", "oom_kill 0"],
        "pressure": ["memory some total=912381231"],
        "meminfo": ["SUnreclaim: 140000"],
        "slices": ["kubepods.slice cpu_usec=912312381231"],
    }
    assert capture.summary_end["triggers"] == "swap"


def test_a_recording_of_one_instant_has_no_rates(healthy_tree: NodeTree) -> None:
    """Read twice it would show that nothing moved, which nobody saw."""
    assert _collect(healthy_tree).first == {}


@pytest.mark.parametrize(
    ("path", "text", "trigger"),
    [
        ("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 3000000 kB\nSUnreclaim: 409600 kB\n", "slab"),
        ("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 470000 kB\n", "memory"),
        ("proc/meminfo", "MemTotal: 4000000 kB\nMemAvailable: 999999 kB\nSwapTotal: 100 kB\nSwapFree: 25 kB\n", "swap"),
        ("proc/slabinfo", "\n".join([*example_slabs()[:1], slab_line(
            "skbuff_head_cache", active=80_000, objects=80_000, size=256, per_slab=16, pages=1)]) + "\n", "slab"),
        ("proc/slabinfo", slab_line("filp", active=200_000, objects=200_000, size=256, per_slab=16, pages=1) + "\n",
         "files"),
        ("proc/pressure/memory", "some avg10=0.00 avg60=8.00 avg300=0.22 total=9\n", "pressure"),
        ("proc/loadavg", "4.01 1.00 1.00 1/9 9\n", "load"),
        ("sys/fs/cgroup/cgroup.stat", "nr_descendants 12\nnr_dying_descendants 500\n", "cgroups"),
        ("proc/cgroups", "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t900\t1\n", "cgroups"),
        ("proc/sys/kernel/pid_max", "120\n", "tasks"),
    ],
)  # fmt: skip
def test_a_trigger_brings_the_detail(healthy_tree: NodeTree, path: str, text: str, trigger: str) -> None:
    """Each at its own limit, a little below the limits of the rules."""
    healthy_tree.write(path, text)
    capture = _collect(healthy_tree)

    assert trigger == capture.summary_end["triggers"]
    assert {"dropped"} == capture.detail_end.keys()
