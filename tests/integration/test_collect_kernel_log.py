"""The real collection script on kernel logs: what counts as an event, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetscan.capture.procfs import kernel_log
from fleetscan.diagnosis.measures.oom_kills import oom_kills
from tests.fixtures.capture_text import take_apart
from tests.fixtures.node_tree import NodeTree, container_id_of, uid_of
from tests.fixtures.oom_lines import CASES, OomLines
from tests.fixtures.windows import one_sample

NOW = 1_186_401


def _kernel_log(tree: NodeTree, folder: Path, text: str | bytes, awk: str = "awk") -> list[str]:
    log = folder / "kernel.log"
    log.write_bytes(text if isinstance(text, bytes) else text.encode())
    run = tree.collect(KERNEL_LOG=str(log), AWK=awk, DETAIL="1")

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout).detail["kernel_log"]


def _line(age_seconds: int, text: str) -> str:
    return f"[{NOW - age_seconds}.000000] {text}\n"


def test_a_quiet_log_says_how_much_was_read(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """That no kill was logged is worth something only with how far back the log reaches."""
    text = _line(1000, "systemd[1]: hello") + _line(5, "nvme0: ready")

    assert _kernel_log(healthy_tree, tmp_path, text) == ["read lines=2 oldest_age_seconds=1001"]


def test_an_empty_log_was_read_too(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """Nothing in it, no age, and not unreadable."""
    assert _kernel_log(healthy_tree, tmp_path, "") == ["read lines=0 oldest_age_seconds=-"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Out of memory: Killed process 4711 (java) total-vm:1kB, anon-rss:2kB", "oom_victim"),
        ("Memory cgroup out of memory: Killed process 4711 (a) b) total-vm:1kB", "oom_victim"),
        ("Memory cgroup out of memory: Kill process 4711 (java) score 1001 or sacrifice child", "oom_kill"),
        ("Killed process 4711 (java) total-vm:1kB, anon-rss:2kB", "oom_victim"),
        ("INFO: task jbd2/nvme0n1p1-:512 blocked for more than 122 seconds.", "task_hung"),
        ("watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [kworker/1:0:99]", "soft_lockup"),
        ("unregister_netdevice: waiting for eth0 to become free. Usage count = 1", "netdevice_stuck"),
        ("EXT4-fs (nvme1n1): Remounting filesystem read-only", "filesystem_readonly"),
        ("nf_conntrack: nf_conntrack: table full, dropping packet", "conntrack_full"),
        ("nf_conntrack: table full, dropping packet.", "conntrack_full"),
        ("TCP: out of memory -- consider tuning tcp_mem", "tcp_memory"),
        ("kworker/u4:3: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL)", "page_allocation"),
        ("blk_update_request: I/O error, dev nvme1n1, sector 2048 op 0x0:(READ)", "io_error"),
        ("Buffer I/O error on dev nvme1n1, logical block 0, async page read", "io_error"),
    ],
)
def test_a_line_that_matters_has_its_kind(healthy_tree: NodeTree, tmp_path: Path, text: str, kind: str) -> None:
    """The kernel's own words are passed on."""
    assert f"{kind} 61 {text}" == _kernel_log(healthy_tree, tmp_path, _line(60, text))[1]


@pytest.mark.parametrize(
    "text",
    [
        "oom-kill:[4711]: segfault at 0 ip 00007f error 4",
        "Killed process [77]: segfault at 0",
        "audit: ut of memory",
        "xfs: mounted read-only",
        "oom_reaper: reaped process 4711 (java), now anon-rss:0kB",
    ],
)
def test_a_line_that_only_looks_like_it_is_not_taken(healthy_tree: NodeTree, tmp_path: Path, text: str) -> None:
    """A command has 15 characters to say what it likes; it crashed, and nothing else becomes of it."""
    assert {row.split()[0] for row in _kernel_log(healthy_tree, tmp_path, _line(60, text))[1:]} <= {"process_crashed"}


@pytest.mark.parametrize("age_seconds", [0, 9, 998, 9_999, 86_000])
def test_an_age_of_any_number_of_digits_is_compared_as_a_number(
    healthy_tree: NodeTree, tmp_path: Path, age_seconds: int, collect_awk: str
) -> None:
    """In awk "998" is more than 86400 unless it is converted to a number."""
    text = _line(age_seconds, "TCP: out of memory -- consider tuning tcp_mem")
    line = _kernel_log(healthy_tree, tmp_path, text, collect_awk)[1]

    assert f"tcp_memory {age_seconds + 1} TCP: out of memory -- consider tuning tcp_mem" == line


def test_what_is_older_than_a_day_does_not_count(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """The ring may reach back for months."""
    text = _line(86_500, "TCP: out of memory -- consider tuning tcp_mem") + _line(5, "fine")

    assert _kernel_log(healthy_tree, tmp_path, text) == ["read lines=2 oldest_age_seconds=86501"]


def test_a_kill_in_a_pod_keeps_its_constraint_path_task_and_gets_the_pods_name(
    healthy_tree: NodeTree, tmp_path: Path
) -> None:
    """The kernel's line has 480 characters; what counts survives the cut to 240."""
    pod = healthy_tree.add_pod("shop-0", {"app": "shop:1"})
    healthy_tree.add_process(4000, "app", pod=pod, container="app")
    identity = pod.containers["app"]
    path = f"{pod.cgroup}/cri-containerd-{identity}.scope"
    text = (
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),"
        f"cpuset=cri-containerd-{identity}.scope,mems_allowed=0,oom_memcg={path},task_memcg={path},"
        "task=java,pid=4711,uid=1000"
    )

    assert (
        "oom_kill 61 oom-kill:constraint=CONSTRAINT_MEMCG,"
        f"oom_memcg=/pod{pod.uid[:8]}/{identity[:12]},task_memcg=/pod{pod.uid}/{identity[:12]},"
        "task=java,pid=4711,pod=live/shop-0"
    ) == _kernel_log(healthy_tree, tmp_path, _line(60, text))[1]


def test_a_kill_in_a_pod_that_is_gone_is_named_by_its_log_file(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """The name of the log outlives the container for a while."""
    identity = container_id_of("dead")
    healthy_tree.write(f"var/log/containers/shop-9_live_app-{identity}.log", "")
    path = f"/kubepods/burstable/pod{uid_of('dead')}/{identity}"
    text = (
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,"
        f"oom_memcg={path},task_memcg={path},task=java,pid=1,uid=0"
    )

    assert (
        "oom_kill 61 oom-kill:constraint=CONSTRAINT_MEMCG,"
        f"oom_memcg=/pod{uid_of('dead')[:8]}/{identity[:12]},task_memcg=/pod{uid_of('dead')}/{identity[:12]},"
        "task=java,pid=1,pod=live/shop-9"
    ) == _kernel_log(healthy_tree, tmp_path, _line(60, text))[1]


@pytest.mark.parametrize(
    "before",
    [
        "kworker/0:1 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=-1, oom_score_adj=0",
        " moom_callback+0x48/0x90",
        "sysrq: Manual OOM execution",
    ],
)
def test_a_kill_by_sysrq_is_no_exhaustion(healthy_tree: NodeTree, tmp_path: Path, before: str) -> None:
    """Somebody asked for it; the next true one counts again."""
    masks = "nodemask=(null),cpuset=/,mems_allowed=0"
    kill = f"oom-kill:constraint=CONSTRAINT_NONE,{masks},global_oom,task_memcg=/,task=a,pid=1,uid=0"
    text = _line(90, before) + _line(90, kill) + _line(90, "Out of memory: Killed process 1 (a) total-vm:1kB")
    real = _line(60, "java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0") + _line(60, kill)

    assert len(_kernel_log(healthy_tree, tmp_path, text)) == 1
    assert _kernel_log(healthy_tree, tmp_path, text + real) == [
        "read lines=5 oldest_age_seconds=91",
        "oom_kill 61 oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/,task=a,pid=1",
    ]


def test_a_log_file_without_times_has_events_of_unknown_age(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """The format of syslog; the newlines of one message are written as #012."""
    text = (
        "Nov 24 03:15:01 ip-10-0-0-1 kernel: Mem-Info:#012active_anon:1#012 isolated_anon:0"
        "#012Out of memory: Killed process 7 (java) total-vm:1kB\n"
        "Nov 24 03:15:02 ip-10-0-0-1 kubelet[913]: unregister_netdevice: said somebody else\n"
        "2026-11-24T03:15:02+00:00 host kernel: [1186341.5] TCP: out of memory -- consider tuning tcp_mem\n"
    )

    assert _kernel_log(healthy_tree, tmp_path, text) == [
        "read lines=3 oldest_age_seconds=-",
        "tcp_memory 60 TCP: out of memory -- consider tuning tcp_mem",
        "oom_victim - Out of memory: Killed process 7 (java) total-vm:1kB",
    ]


def test_events_of_an_earlier_boot_do_not_count(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """A log file goes on over a boot, and its seconds begin again."""
    text = _line(60, "TCP: out of memory -- consider tuning tcp_mem") + "[    0.000000] Linux version 6.1.141\n"

    assert [f"read lines=2 oldest_age_seconds={NOW + 1}"] == _kernel_log(healthy_tree, tmp_path, text)


def test_a_flood_of_one_kind_does_not_hide_another(healthy_tree: NodeTree, tmp_path: Path, collect_awk: str) -> None:
    """Of each kind the last fifteen are kept."""
    flood = "".join(_line(5000 - number, "nf_conntrack: table full, dropping packet") for number in range(3000))
    text = _line(6000, "Out of memory: Killed process 7 (java) total-vm:1kB") + flood
    lines = _kernel_log(healthy_tree, tmp_path, text, collect_awk)

    assert (
        len(lines),
        lines[-1],
    ) == (1 + 15 + 1, "oom_victim 6001 Out of memory: Killed process 7 (java) total-vm:1kB")
    assert lines[1] == "conntrack_full 2002 nf_conntrack: table full, dropping packet"


def test_bytes_that_no_terminal_should_see_are_cleaned_and_long_lines_cut(
    healthy_tree: NodeTree, tmp_path: Path, collect_awk: str
) -> None:
    """The text of a log line is foreign."""
    text = (
        _line(60, "INFO: task ").encode().rstrip(b"\n")
        + b"a\x1b[31m\xff\x80:7 blocked for more than 9 seconds"
        + b"x" * 400
    )
    line = _kernel_log(healthy_tree, tmp_path, text + b"\n", collect_awk)[1]

    assert line.startswith("task_hung 61 INFO: task a_[31m_")
    assert len("task_hung 61 ") + 240 >= len(line)


def test_a_node_whose_log_was_not_recorded_has_no_such_section(healthy_tree: NodeTree) -> None:
    """A recorded tree never gets this machine's log."""
    capture = take_apart(healthy_tree.collect(DETAIL="1").stdout)

    assert ("kernel_log" in capture.last, "kernel_log" in capture.detail) == (False, False)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_oom_kill_of_any_kernel_has_its_scope_after_the_cut(
    healthy_tree: NodeTree, tmp_path: Path, case: OomLines
) -> None:
    """What is left of 480 characters says whose limit was reached, which pod and which process."""
    lines = _kernel_log(healthy_tree, tmp_path, "".join(_line(60, text) for text in case.lines))
    window = one_sample(kernel_log.parse("\n".join(lines)))

    assert oom_kills(window) == (case.kill,)
    assert max(len(line) for line in lines) <= len("oom_victim 61 ") + 240
