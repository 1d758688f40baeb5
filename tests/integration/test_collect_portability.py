"""The real collection script under every shell and awk that nodes have: the same bytes from all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fixtures.node_tree import NodeTree, add_daemons, add_pods

KERNEL_LOG = (
    "[    0.000000] Linux version 6.1.141\n"
    "[1186000.1] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,"
    "task_memcg=/system.slice/x.service,task=java,pid=5,uid=0\n"
    "[1186000.2] Out of memory: Killed process 5 (java) total-vm:1kB, anon-rss:2kB\n"
    "[1186100.2] EXT4-fs (nvme0n1p1): Remounting filesystem read-only\n"
)


def _run(tree: NodeTree, shell: Sequence[str], awk: str, log: Path) -> bytes:
    log.write_text(KERNEL_LOG)
    run = tree.collect(shell=shell, AWK=awk, KERNEL_LOG=str(log), DETAIL="1")

    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout


@pytest.mark.parametrize("version", [1, 2])
def test_every_shell_and_awk_prints_the_same_bytes(
    tmp_path: Path, version: int, collect_shell: tuple[str, ...], collect_awk: str
) -> None:
    """A full node with pods, sockets, a kernel log and all details, on both cgroup versions."""
    tree = NodeTree(tmp_path / "node", cgroup_version=version)
    tree.add_host()
    add_daemons(tree)
    add_pods(tree, 30)
    tree.add_process(7001, b"sc\nope\xff", open_sockets=[3912771])
    tree.add_sockets("proc/net", kernel_inode=4026, netlinks=[(84_410_368, 81_221, 3912771)])
    expected = _run(tree, ("sh",), "awk", tmp_path / "log")

    assert b"\n@end detail dropped=" in expected
    assert expected == _run(tree, collect_shell, collect_awk, tmp_path / "log")


def test_two_runs_on_one_tree_are_the_same(healthy_tree: NodeTree, tmp_path: Path, collect_awk: str) -> None:
    """Nothing depends on the order of an array."""
    first = _run(healthy_tree, ("sh",), collect_awk, tmp_path / "log")

    assert first == _run(healthy_tree, ("sh",), collect_awk, tmp_path / "log")
