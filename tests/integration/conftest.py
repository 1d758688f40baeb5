"""What the tests in this folder share: recorded nodes for the real collection script."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fixtures.node_tree import NodeTree, Pod, add_daemons, add_pods

SHELLS = {"dash": ("dash",), "bash": ("bash", "--posix"), "busybox": ("busybox", "sh")}
AWKS = {"gawk": "gawk", "mawk": "mawk", "busybox": "busybox awk"}


@pytest.fixture(params=SHELLS)
def collect_shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the words that start a shell that nodes have."""
    name = str(request.param)
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return SHELLS[name]


@pytest.fixture(params=AWKS)
def collect_awk(request: pytest.FixtureRequest) -> str:
    """Return the words that start an awk that nodes have."""
    name = str(request.param)
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    return AWKS[name]


@pytest.fixture
def empty_tree(tmp_path: Path) -> NodeTree:
    """Return a tree with nothing in it."""
    return NodeTree(tmp_path / "node")


@pytest.fixture
def healthy_tree(empty_tree: NodeTree) -> NodeTree:
    """Return a healthy node with twelve pods."""
    empty_tree.add_host()
    add_daemons(empty_tree)
    add_pods(empty_tree, 12)
    return empty_tree


@pytest.fixture
def scope_pod(healthy_tree: NodeTree) -> Pod:
    """Return a pod on the host's network whose process 7001 holds a netlink and a packet socket of the host."""
    pod = healthy_tree.add_pod(
        "weave-scope-agent-x7k2p", {"scope-agent": "docker.io/weaveworks/scope:1.13.2"}, namespace="weave"
    )
    healthy_tree.add_process(7000, "pause", pod=pod, container="POD")
    healthy_tree.add_process(7001, "scope", pod=pod, container="scope-agent", open_sockets=[3912771, 3912772, 99])
    healthy_tree.add_sockets("proc/7000/net", kernel_inode=4026)
    healthy_tree.add_sockets("proc/7001/net", kernel_inode=4026)
    healthy_tree.add_sockets(
        "proc/net", kernel_inode=4026, packets=[(4096, 3912772)], netlinks=[(84_410_368, 81_221, 3912771)]
    )
    return pod
