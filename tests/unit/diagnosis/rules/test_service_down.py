"""The rule service_down: a worker without its kubelet or container runtime."""

from __future__ import annotations

import pytest

from fleetscan.capture.procfs import filesystems, host, pods, services, slices, tasks, uptime
from fleetscan.diagnosis.rules.service_down import Limits, check
from fleetscan.errors import AbsentError
from fleetscan.model import CaptureStatus, Coverage, Evidence, Node, Sample, Severity, Window

KUBELET = "kubelet pid=913 age_seconds=7000 rss_bytes=98566144 state=S"
CONTAINERD = "containerd pid=702 age_seconds=7100 rss_bytes=61865984 state=S"
PODS = pods.parse("total count=8")
NO_PODS = pods.parse("total count=0")
SEEN = ": 8 pods in kubepods, all 39 processes read"
STOPPED = "kubelet (pid 913) is stopped: state T, and T in the other reading"
HOST = host.parse("page_bytes 4096")
WORKER = Node(instance_id="i-1", cluster="live")
VERSION_1 = Coverage(status=CaptureStatus.ANSWERED, version=1)
VERSION_2 = Coverage(status=CaptureStatus.ANSWERED, version=2)


def node(rows: str | None, *others: object, up: float = 7200, read: int = 39, coverage: Coverage = VERSION_2) -> Window:
    """Return a node with 39 processes and these services."""
    counts = f"processes 39\nthreads 200\nzombies 0\nuninterruptible 0\nread {read}"
    values = [tasks.parse(counts), uptime.parse(f"{up} 1"), HOST, coverage, *others]
    if rows is not None:
        values.append(services.parse(rows))
    return Window(first=Sample(), last=Sample(values))


def critical(text: str, number: int = 1) -> Evidence:
    """Return what the rule says."""
    return Evidence(severity=Severity.CRITICAL, text=text, measured=number, limit=1.0)


@pytest.mark.parametrize("runtime", ["containerd", "dockerd", "crio"])
def test_a_kubelet_and_any_runtime_are_enough(runtime: str) -> None:
    """Whatever else is known of the node: nothing is missing."""
    rows = f"{KUBELET}\n{CONTAINERD.replace('containerd', runtime)}"

    assert check(node(rows, PODS)) is None
    assert check(node(rows, read=20)) is None
    cut = Coverage(status=CaptureStatus.ANSWERED, version=2, lost=("tasks", "services"))
    assert check(node(rows, read=20, coverage=cut)) is None


@pytest.mark.parametrize(
    ("rows", "text", "number"),
    [
        (CONTAINERD, "no kubelet is running: 8 pods in kubepods, all 39 processes read", 1),
        (
            KUBELET,
            "no container runtime (containerd, dockerd, crio) is running: 8 pods in kubepods, all 39 processes read",
            1,
        ),
        (
            None,
            "no kubelet and no container runtime (containerd, dockerd, crio) is running" + SEEN,
            1,
        ),
        (
            "kubelet pid=913 age_seconds=7000 rss_bytes=98566144 state=T again=T",
            f"no container runtime (containerd, dockerd, crio) is running{SEEN}; {STOPPED}",
            2,
        ),
    ],
)
def test_what_a_worker_with_pods_lacks_is_down(rows: str | None, text: str, number: int) -> None:
    """Its pods go on without it, so they prove that it is a worker."""
    assert check(node(rows, PODS)) == critical(text, number)


@pytest.mark.parametrize(
    ("state", "again", "how"),
    [
        ("T", "T", "is stopped: state T, and T in the other reading"),
        ("D", "D", "is stuck in the kernel: state D, and D in the other reading"),
        ("D", "T", "is stuck in the kernel: state D, and T in the other reading"),
        ("t", "t", "is stopped by a debugger: state t, and t in the other reading"),
    ],
)
def test_a_service_that_is_stopped_or_stuck_in_both_readings_is_down(state: str, again: str, how: str) -> None:
    """It is as good as gone; that is so on any machine, and in a list that is not whole."""
    rows = f"{KUBELET.replace('state=S', f'state={state} again={again}')}\n{CONTAINERD}"

    assert check(node(rows, read=20)) == critical(f"kubelet (pid 913) {how}")


@pytest.mark.parametrize("words", ["state=D", "state=D again=S", "state=S again=D", "state=R"])
def test_a_service_that_waits_once_is_not_down(words: str) -> None:
    """Every process is in state D for a moment now and then."""
    assert check(node(f"{KUBELET}\n{CONTAINERD.replace('state=S', words)}", PODS)) is None


def test_a_dockerd_beside_the_runtime_is_not_needed() -> None:
    """It may be there to build images; alone it is the runtime."""
    stopped = "dockerd pid=9 age_seconds=7 rss_bytes=5 state=T again=T"

    assert check(node(f"{KUBELET}\n{CONTAINERD}\n{stopped}", PODS)) is None
    assert check(node(f"{KUBELET}\n{stopped}", PODS)) == critical(
        "dockerd (pid 9) is stopped: state T, and T in the other reading"
    )


def test_an_instance_that_ec2_has_as_a_worker_has_ten_minutes_to_start() -> None:
    """Then it must run both, pods or not."""
    found = critical("no kubelet is running: found through EC2 as a worker, all 39 processes read")

    assert check(node(CONTAINERD, NO_PODS, WORKER, up=600)) == found
    assert check(node(CONTAINERD, NO_PODS, WORKER, up=599), Limits(started_seconds=500)) == found
    with pytest.raises(AbsentError, match="the node has been up for only 9 min"):
        check(node(CONTAINERD, NO_PODS, WORKER, up=599))


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (node(None), "no sign of Kubernetes (no kubelet, no kubepods, no /var/lib/kubelet): not a worker"),
        (
            node(None, NO_PODS),
            "no pod runs and the node was not found through EC2, so whether it is a worker is unknown",
        ),
        (
            node(None, slices.parse("kubepods.slice memory_bytes=4096")),
            "no pod runs and the node was not found through EC2, so whether it is a worker is unknown",
        ),
        (
            node(None, filesystems.parse("/var/lib/kubelet nvme1n1 xfs rw rw - - - -")),
            "no pod runs and the node was not found through EC2, so whether it is a worker is unknown",
        ),
        (node(None, PODS, read=20), "only 20 of 39 processes were read"),
        (
            node(None, PODS, coverage=Coverage(status=CaptureStatus.ANSWERED, version=2, lost=("services",))),
            "the list of processes is not whole: section services is incomplete",
        ),
        (
            node(None, PODS, coverage=Coverage(status=CaptureStatus.ANSWERED, version=1, lost=("tasks",))),
            "the list of processes is not whole: section tasks is incomplete",
        ),
        (
            node(None, coverage=Coverage(status=CaptureStatus.ANSWERED, version=2, lost=("pods",))),
            "whether pods run is unknown: section pods is incomplete",
        ),
        (
            node(KUBELET, PODS, coverage=VERSION_1),
            "version 1 of the collection script looks for no other container runtime than containerd",
        ),
        (
            node(None, PODS, host.parse("cpus 2")),
            "the page size, without which no service is distinguished from one that ended, was not reported",
        ),
        (
            node(None, PODS, host.parse("page_bytes 4096\nprocesses_visible own")),
            "the processes that were seen are not the host's",
        ),
    ],
)
def test_what_cannot_be_known_is_not_said(window: Window, reason: str) -> None:
    """The rule is skipped with the reason, and the node is unknown for it."""
    with pytest.raises(AbsentError) as absent:
        check(window)

    assert str(absent.value) == reason


def test_version_1_knows_that_the_kubelet_is_gone() -> None:
    """It has looked for it; whether another runtime runs it does not know."""
    found = critical("no kubelet is running: 8 pods in kubepods, all 39 processes read")

    assert check(node(None, PODS, coverage=VERSION_1)) == found
    assert check(node(CONTAINERD, PODS, coverage=VERSION_1)) == found
