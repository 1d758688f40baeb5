"""Live fire: this machine's own kernel is made to hold buffers that nobody reads, and the command has to name who.

Nothing is simulated here. It needs root and a kernel that lets it, and is skipped with the reason where not.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from fleetscan.capture import local
from fleetscan.capture.parse import read
from fleetscan.capture.procfs.sockets import Sockets
from fleetscan.model import Capture, CaptureStatus, Cause, Diagnosis, Node, Suspect
from fleetscan.quantities import size
from fleetscan.scan import pipeline
from tests.fixtures.live_cgroup import live_cgroup
from tests.fixtures.live_command import MEBIBYTE, Moment, fleetscan_node, or_skip
from tests.fixtures.live_process import LiveProcess, is_root, live_process, unlike_any
from tests.fixtures.node_tree import COLLECT, NodeTree, Pod

pytestmark = pytest.mark.skipif(not is_root(), reason="only root may let a receive buffer grow")

DATAGRAMS = 150_000
"""Two heads each, one for the way out and one for the way in: three times the limit of 100,000, some 230 MB."""

LINK_EVENTS = 110_000
"""One head and 2 KiB each: just above the limit of 100,000, some 250 MB."""

CLONES_OVERSTATE = 1.67
"""Two clones share their data, so 2 x (256 + 1024) bytes are counted where 2 x 256 + 1024 are used."""

MOTION_BYTES = 64 * MEBIBYTE
"""What a machine with other work may do to its slab while the command runs."""

_IMAGE = "docker.io/weaveworks/scope:1.13.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """A process that holds buffers, and the machine before, while and after it did."""

    holder: LiveProcess
    rmem_bytes: int
    rmem_bytes_later: int
    collected: Sockets
    before: Moment
    during: Moment
    after: Moment

    @property
    def expected_bytes(self) -> float:
        """What the slab has to grow by."""
        return self.rmem_bytes / CLONES_OVERSTATE


def _rmem_bytes(inode: str) -> int:
    rows = map(str.split, Path("/proc/net/packet").read_text(encoding="ascii").splitlines())
    return next(int(words[6]) for words in rows if words[-1] == inode)


# ---- A packet socket that nobody reads ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fire(tmp_path_factory: pytest.TempPathFactory) -> Fire:
    """Return what was seen before, while and after a process held 300,000 unread packets."""
    home = tmp_path_factory.mktemp("home")
    before = fleetscan_node(home)
    with or_skip(), live_process("unread_packets", unlike_any("unread"), str(DATAGRAMS)) as holder:
        inode, _ = holder.words
        rmem_bytes = _rmem_bytes(inode)
        during = fleetscan_node(home)
        window, _ = read(local.collect(window_seconds=0))
        rmem_bytes_later = _rmem_bytes(inode)
    return Fire(
        holder=holder,
        rmem_bytes=rmem_bytes,
        rmem_bytes_later=rmem_bytes_later,
        collected=window.last[Sockets],
        before=before,
        during=during,
        after=fleetscan_node(home),
    )


def test_the_holder_is_collected_with_its_bytes_exactly(fire: Fire) -> None:
    """What /proc/net/packet says of the socket, to the byte, under the pid and the name of who has it open."""
    (seen,) = [socket for socket in fire.collected.sockets if socket.command == fire.holder.name]

    assert fire.rmem_bytes == fire.rmem_bytes_later
    assert ("packet", "host", fire.rmem_bytes, int(fire.holder.words[0]), fire.holder.pid, None) == (
        seen.family,
        seen.namespace,
        seen.receive_queue_bytes,
        seen.inode,
        seen.pid,
        seen.pod,
    )


def test_the_command_names_the_holder_and_what_it_holds(fire: Fire) -> None:
    """More than 100,000 heads and 100 MB, cause socket_queue, and our process as the first suspect with its share."""
    finding = fire.during.finding("socket_buffers_held")
    suspect = finding["suspects"][0]

    assert finding["cause"] == "socket_queue"
    assert (suspect["kind"], suspect["name"]) == ("process", fire.holder.name)
    assert f"(pid {fire.holder.pid})" in suspect["reason"]
    assert size(fire.rmem_bytes) in suspect["reason"]
    assert suspect["share"] > 0.5


def test_a_capture_that_fills_the_kernel_is_a_warning(fire: Fire) -> None:
    """A capture by itself is information; this one is what the buffers come from."""
    finding = fire.during.finding("packet_capture_running")

    assert finding["severity"] == "warning"
    assert fire.holder.name in {suspect["name"] for suspect in finding["suspects"]}


def test_the_investigation_ends_at_the_holder(fire: Fire) -> None:
    """Its last question, who holds the buffers, has a name for an answer."""
    step = next(step for step in fire.during.node["steps"] if step["hypothesis"] == "holder")

    assert step["verdict"] == "confirmed"
    assert fire.holder.name in step["evidence"]


def test_the_unread_bytes_are_a_reading(fire: Fire) -> None:
    """The sum over all sockets grew by this one, give or take what others leave unread."""
    held = fire.during.node["readings"]["socket_held_bytes"] - fire.before.node["readings"]["socket_held_bytes"]

    assert held == pytest.approx(fire.rmem_bytes, abs=MOTION_BYTES)


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_the_slab_is_read_as_the_kernel_says_it(fire: Fire, when: str) -> None:
    """The reading lies between what /proc/meminfo said just before and just after."""
    moment: Moment = getattr(fire, when)
    low, high = sorted((moment.unreclaimable_before, moment.unreclaimable_after))

    assert low - MOTION_BYTES / 2 <= moment.unreclaimable <= high + MOTION_BYTES / 2


def test_the_slab_grows_by_about_what_is_held(fire: Fire) -> None:
    """Rmem counts each clone in full: the slab grows by Rmem / 1.67, all of it unreclaimable."""
    grown = fire.during.unreclaimable - fire.before.unreclaimable

    assert grown == pytest.approx(fire.expected_bytes, abs=MOTION_BYTES)


def test_the_heads_are_counted(fire: Fire) -> None:
    """Two for each datagram, and none of them a packet of anybody else."""
    heads = fire.during.node["readings"]["socket_buffers_total"] - fire.before.node["readings"]["socket_buffers_total"]

    assert heads == pytest.approx(2 * DATAGRAMS, rel=0.1)


def test_nothing_of_it_is_left_when_the_process_has_ended(fire: Fire) -> None:
    """The kernel frees all at once: no finding, no name anywhere, and the slab is back where it was."""
    assert "socket_buffers_held" not in fire.after.names()
    assert fire.holder.name not in json.dumps(fire.after.node)
    assert fire.during.unreclaimable - fire.after.unreclaimable == pytest.approx(fire.expected_bytes, abs=MOTION_BYTES)


# ---- A netlink socket that nobody reads, in a pod with a network of its own ------------------------------------------


@pytest.fixture
def scope_pod(tmp_path: Path) -> tuple[NodeTree, Pod]:
    """Return a pod's identity and a tree with what containerd writes of it; its cgroup and process are for real."""
    tree = NodeTree(tmp_path / "node")
    return tree, tree.add_pod("weave-scope-agent-x7k2p", {"scope-agent": _IMAGE}, namespace="weave")


def _examined(tree: NodeTree) -> tuple[Sockets, Diagnosis]:
    """Collect from this machine's kernel; only the container runtime's files are the tree's."""
    run = subprocess.run(
        ["sh", str(COLLECT)],
        env={"PATH": os.environ["PATH"], "WINDOW_SECONDS": "0", "RUN_ROOT": tree.environment()["RUN_ROOT"]},
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    node = Node(instance_id="i-0a41c7e29d5f3b618")
    capture = Capture(node=node, status=CaptureStatus.ANSWERED, text=run.stdout.decode("ascii"))
    window, _ = read(capture)
    return window.last[Sockets], pipeline.examine(capture)


def test_a_pods_unread_netlink_socket_is_traced_to_its_image(scope_pod: tuple[NodeTree, Pod]) -> None:
    """Socket, namespace, process, cgroup, container, image: every link of the chain, on a real kernel."""
    tree, pod = scope_pod
    with (
        or_skip(),
        live_cgroup(pod.uid, pod.containers["scope-agent"]) as cgroup,
        live_process("unread_netlink", unlike_any("events"), str(LINK_EVENTS), cgroup=cgroup) as holder,
    ):
        sockets, diagnosis = _examined(tree)
    inode, rmem_bytes = map(int, holder.words)
    (seen,) = [socket for socket in sockets.sockets if socket.inode == inode]
    (finding,) = [finding for finding in diagnosis.findings if finding.rule == "socket_buffers_held"]
    (suspect,) = [suspect for suspect in finding.evidence.suspects if suspect.name == pod.title]

    assert ("netlink", pod.uid, rmem_bytes, holder.pid, holder.name, pod.title, "scope-agent", _IMAGE) == (
        seen.family,
        seen.namespace,
        seen.receive_queue_bytes,
        seen.pid,
        seen.command,
        seen.pod,
        seen.container,
        seen.image,
    )
    assert finding.evidence.cause is Cause.SOCKET_QUEUE
    assert _is_likely_cause(suspect, holder, rmem_bytes)
    assert "image_abandoned" in {finding.rule for finding in diagnosis.findings}


def _is_likely_cause(suspect: Suspect, holder: LiveProcess, rmem_bytes: int) -> bool:
    says_why = holder.name in suspect.reason and size(rmem_bytes) in suspect.reason
    return suspect.kind == "pod" and suspect.image == _IMAGE and says_why
