"""Live fire: this machine's kernel kills a process at the limit of a memory cgroup, and the command reports it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fixtures.live_cgroup import CannotError, live_cgroup
from tests.fixtures.live_command import MEBIBYTE, fleetscan_node, or_skip
from tests.fixtures.live_process import is_root, live_process, unlike_any
from tests.fixtures.node_tree import NodeTree

pytestmark = pytest.mark.skipif(not is_root(), reason="only root may make cgroups")


def _can_read_the_log() -> bool:
    done = subprocess.run(["dmesg"], capture_output=True, check=False, timeout=60)
    return done.returncode == 0


def test_a_kill_at_a_limit_is_a_pods_own_affair(tmp_path: Path) -> None:
    """Killed in a memory cgroup: oom_kill_pod names the pod, as information, and oom_kill_node stays silent."""
    if not _can_read_the_log():
        pytest.skip("the kernel log cannot be read")
    tree = NodeTree(tmp_path / "node")
    name = unlike_any("greedy")
    pod = tree.add_pod(name, {"app": "app:1"}, namespace="live")
    before = fleetscan_node(tmp_path)
    with or_skip(), live_cgroup(pod.uid, pod.containers["app"], memory_bytes=32 * MEBIBYTE) as cgroup:
        with live_process("beyond_limit", name, str(128 * MEBIBYTE), cgroup=cgroup) as greedy:
            pass
        if greedy.words and greedy.words[0]:
            raise CannotError("the limit of a memory cgroup is not kept here (swap, or a nested machine)")
    after = fleetscan_node(tmp_path)
    finding = after.finding("oom_kill_pod")

    assert (finding["severity"], finding["cause"]) == ("info", "unattributed")
    assert name in finding["evidence"]
    assert pod.uid in {suspect["name"] for suspect in finding["suspects"]}
    assert ("oom_kill_node" in after.names()) == ("oom_kill_node" in before.names())
