"""The real collection script sorts every real line of a log as the list of patterns says, in every awk and in grep."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from fleetscan.capture.log_patterns import Log, kinds
from tests.fixtures.capture_text import take_apart
from tests.fixtures.node_tree import COLLECT, NodeTree, container_id_of, uid_of

NOW = 1_186_401
SAMPLES = {
    log: [(kind.id, text) for kind in kinds() if kind.log is log for one in kind.wordings for text in one.samples]
    for log in Log
}


def _functions() -> str:
    script = COLLECT.read_text()
    return script[script.index("# ---- Patterns of the logs") : script.index("# ---- The patterns end.")]


@pytest.mark.parametrize(("log", "function"), [(Log.KERNEL, "kernel_kind"), (Log.JOURNAL, "journal_kind")])
def test_each_awk_finds_the_kind_of_each_real_line(collect_awk: str, log: Log, function: str) -> None:
    """With the functions as they stand in the script; a line of the kernel log is worth a closer look, too."""
    program = _functions() + f'{{ print {function}($0) " " (is_log_event($0) ? 1 : 0) }}'
    lines = [text for _, text in SAMPLES[log]]
    expected = [kind for kind, _ in SAMPLES[log]]
    run = subprocess.run(
        [*collect_awk.split(), program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    found = [line.split(" ") for line in run.stdout.splitlines()]

    assert run.stderr == ""
    assert expected == [kind for kind, _ in found]
    assert log is Log.JOURNAL or {looked for _, looked in found} == {"1"}


@pytest.mark.parametrize("log", Log)
def test_grep_reads_each_pattern_as_it_is_meant(log: Log) -> None:
    """It finds the real lines of a kind among all, and those that another kind shares by the list's order."""
    text = "\n".join(text for _, text in SAMPLES[log]) + "\n"
    for kind in kinds():
        if kind.log is not log:
            continue
        run = subprocess.run(["grep", "-E", kind.pattern], input=text, capture_output=True, text=True, check=True)

        assert run.stdout.splitlines() == [line for line in text.splitlines() if re.search(kind.pattern, line)]


def test_every_kind_of_line_of_one_log_arrives(healthy_tree: NodeTree, tmp_path: Path, collect_awk: str) -> None:
    """Of each kind the newest, whatever a flood of another does, and how many there were of the flood."""
    log = tmp_path / "kernel.log"
    lines = [f"[{NOW - 900}.000000] {text}" for _, text in SAMPLES[Log.KERNEL]]
    flood = [f"[{NOW - 800}.{number:06}] I/O error, dev nvme1n1, sector {number}" for number in range(1000)]
    log.write_text("\n".join(lines + flood) + "\n")
    rows = take_apart(healthy_tree.collect(KERNEL_LOG=str(log), AWK=collect_awk, DETAIL="1").stdout).detail[
        "kernel_log"
    ]
    expected = {kind for kind, _ in SAMPLES[Log.KERNEL]}
    of_io_errors = sum(kind == "io_error" for kind, _ in SAMPLES[Log.KERNEL])

    assert expected == {row.split(" ")[0] for row in rows[1:]}
    assert len(rows) == 1 + 40
    assert f" io_error={1000 + of_io_errors}" in rows[0]
    assert rows[1] == "io_error 801 I/O error, dev nvme1n1, sector 999"


def test_what_is_all_listed_is_not_counted_again(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """A count beside the rows means that rows are missing."""
    log = tmp_path / "kernel.log"
    log.write_text("".join(f"[{NOW - 60}.{number:06}] TCP: out of memory -- tune\n" for number in range(15)))
    rows = take_apart(healthy_tree.collect(KERNEL_LOG=str(log), DETAIL="1").stdout).detail["kernel_log"]

    assert (rows[0], len(rows)) == ("read lines=15 oldest_age_seconds=61", 16)


@pytest.mark.parametrize("path", ["slice", "folder"])
def test_a_rejected_fork_names_the_pod_that_is_still_known(healthy_tree: NodeTree, tmp_path: Path, path: str) -> None:
    """The kernel's path of 190 characters begins at the pod, its container cut to 12 digits."""
    identity, uid = container_id_of("dead"), uid_of("dead")
    healthy_tree.write(f"var/log/containers/shop-9_live_app-{identity}.log", "")
    unit = uid.replace("-", "_")
    above, below = {
        "slice": (
            "/kubepods.slice/kubepods-burstable.slice/",
            f"kubepods-burstable-pod{unit}.slice/cri-containerd-{identity}.scope",
        ),
        "folder": ("/kubepods/burstable/", f"pod{uid}/{identity}"),
    }[path]
    log = tmp_path / "kernel.log"
    log.write_text(f"[{NOW - 60}.000000] cgroup: fork rejected by pids controller in {above}{below}\n")
    rows = take_apart(healthy_tree.collect(KERNEL_LOG=str(log), DETAIL="1").stdout).detail["kernel_log"]
    short = below.replace(identity, identity[:12])

    assert rows[1] == f"fork_rejected 61 cgroup: fork rejected by pids controller in /{short},pod=live/shop-9"


def test_a_rejected_fork_outside_of_pods_keeps_its_path(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """All pods together have a limit, and so has a service."""
    log = tmp_path / "kernel.log"
    log.write_text(
        f"[{NOW - 60}.000000] cgroup: fork rejected by pids controller in /kubepods.slice\n"
        f"[{NOW - 50}.000000] cgroup: fork rejected by pids controller in /system.slice/containerd.service\n"
    )
    rows = take_apart(healthy_tree.collect(KERNEL_LOG=str(log), DETAIL="1").stdout).detail["kernel_log"]

    assert rows[1:] == [
        "fork_rejected 51 cgroup: fork rejected by pids controller in /system.slice/containerd.service",
        "fork_rejected 61 cgroup: fork rejected by pids controller in /kubepods.slice",
    ]
