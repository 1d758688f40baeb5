"""The kubelet or the container runtime is not running.

What it means: all processes of the node were read, and no kubelet, or no container runtime (containerd, dockerd or
crio), is among them, although pods run there or EC2 has it as a worker. A service that is stopped (state T) or stuck in
the kernel (state D) in two readings is as down as one that is gone.

Why it hurts: without the kubelet nothing renews the node's lease, restarts a container or stops a pod; the node becomes
NotReady and its pods end in Terminating. Without the runtime no container starts. The containers that run already go
on, and memory, CPU and load look as on a healthy node.

What to do: start the service, and read in the journal why it ended. systemd does not restart a kubelet that ended with
exit code 0.

Source: awslabs/amazon-eks-ami issue 1792 (exit code 0, not restarted), bottlerocket-os/bottlerocket issue 2512 (the
containers went on). The ten minutes that a node has to start are our own figure. Kubernetes distributions that are one
process, such as k3s, are no EKS workers and have no process of these names.
"""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.filesystems import Filesystems
from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.services import Service, Services
from fleetscan.capture.procfs.slices import Slices
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.diagnosis.measures.pod_cpus import POD_SLICES
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.traits import SERVICES
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Coverage, Evidence, Node, Severity, Window
from fleetscan.quantities import count, counted, duration

KUBELETS = ("kubelet",)
RUNTIMES = ("containerd", "dockerd", "crio")

_KUBELET_ROOT = "/var/lib/kubelet"

SERVICES_LIMIT = 1
"""One of the two is enough: a worker needs both."""

_STOPPED = {"T": "stopped", "t": "stopped by a debugger", "D": "stuck in the kernel"}


@immutable
class Limits:
    """The thresholds of the rule."""

    started_seconds: float = 600.0
    """Uptime of a worker without pods from which on both services must run [inference]; an EKS worker is ready after
    one to three minutes."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for both services in the list of processes; that one is missing counts where a worker must have it."""
    host = window.last.get(Host)
    if host is not None and host.sees_processes is False:
        raise AbsentError("the processes that were seen are not the host's")
    listed = window.last.get(Services)
    found = () if listed is None else listed.services
    missing = _missing(found, window)
    down = [_stuck_words(one) for one in found if _is_stuck(one) and _is_needed(one, found)]
    if missing:
        try:
            _require_certainty(window, limits, found)
        except AbsentError:
            if not down:
                raise
        else:
            down = [f"no {' and no '.join(missing)} is running{_where(window)}", *down]
    if len(down) < SERVICES_LIMIT:
        return None
    return Evidence(
        severity=Severity.CRITICAL, text="; ".join(down), measured=float(len(down)), limit=float(SERVICES_LIMIT)
    )


def _missing(found: Sequence[Service], window: Window) -> list[str]:
    names = {one.name for one in found}
    missing = [] if names.intersection(KUBELETS) else ["kubelet"]
    # Version 1 of the collection script does not look for crio.
    if not names.intersection(RUNTIMES) and not (missing and _is_version_1(window)):
        missing.append(f"container runtime ({', '.join(RUNTIMES)})")
    return missing


def _is_stuck(one: Service) -> bool:
    return one.state in _STOPPED and one.state_again in _STOPPED


def _is_needed(one: Service, found: Sequence[Service]) -> bool:
    """Return whether the node needs it: dockerd may build images beside the runtime that the kubelet uses."""
    return one.name != "dockerd" or not any(other.name in RUNTIMES for other in found if other is not one)


def _stuck_words(one: Service) -> str:
    how = _STOPPED[one.state or ""]
    return f"{one.name} (pid {one.pid}) is {how}: state {one.state}, and {one.state_again} in the other reading"


def _require_certainty(window: Window, limits: Limits, found: Sequence[Service]) -> None:
    """Raise AbsentError if a service that was not found may run, or if the machine may be no worker."""
    _require_whole(window)
    uptime, host = window.last[Uptime], window.last[Host]
    known(host.page_bytes, "the page size, without which no service is distinguished from one that ended,")
    if _is_version_1(window) and {one.name for one in found}.intersection(KUBELETS):
        raise AbsentError("version 1 of the collection script looks for no other container runtime than containerd")
    if not _pods(window):
        _require_worker(window, uptime.uptime_seconds, limits, found)


def _require_whole(window: Window) -> None:
    """Raise AbsentError unless all processes were read, so that one that is not among them does not run."""
    tasks = window.last[Tasks]
    if not tasks.is_whole:
        processes = counted(tasks.processes, "process", "processes")
        raise AbsentError(f"only {count(tasks.processes_read)} of {processes} were read")
    for section in ("tasks", "services"):
        if section in _lost(window):
            raise AbsentError(f"the list of processes is not whole: section {section} is incomplete")


def _require_worker(window: Window, uptime_seconds: float, limits: Limits, found: Sequence[Service]) -> None:
    """Raise AbsentError unless EC2 has the machine, on which no pod runs, as a worker, and it had time to start."""
    node = window.last.get(Node)
    if node is not None and node.cluster:
        if uptime_seconds < limits.started_seconds:
            raise AbsentError(f"the node has been up for only {duration(uptime_seconds)}")
        return
    if "pods" in _lost(window):
        raise AbsentError("whether pods run is unknown: section pods is incomplete")
    if found or _has_signs(window):
        raise AbsentError("no pod runs and the node was not found through EC2, so whether it is a worker is unknown")
    raise AbsentError("no sign of Kubernetes (no kubelet, no kubepods, no /var/lib/kubelet): not a worker")


def _pods(window: Window) -> int:
    pods = window.last.get(Pods)
    return 0 if pods is None else pods.count


def _has_signs(window: Window) -> bool:
    slices, filesystems = window.last.get(Slices), window.last.get(Filesystems)
    return (
        Pods in window.last
        or (slices is not None and any(one.name in POD_SLICES for one in slices.slices))
        or (filesystems is not None and any(one.mountpoint == _KUBELET_ROOT for one in filesystems.filesystems))
    )


def _where(window: Window) -> str:
    pods, tasks = _pods(window), window.last[Tasks]
    running = f"{counted(pods, 'pod')} in kubepods" if pods else "found through EC2 as a worker"
    return f": {running}, all {counted(tasks.processes, 'process', 'processes')} read"


def _lost(window: Window) -> tuple[str, ...]:
    coverage = window.last.get(Coverage)
    return () if coverage is None else coverage.lost


def _is_version_1(window: Window) -> bool:
    coverage = window.last.get(Coverage)
    return coverage is not None and coverage.version == 1


RULE = Rule(
    id="service_down",
    severity=Severity.CRITICAL,
    title="Kubelet or container runtime not running",
    remedy=(
        "    systemctl status kubelet containerd --no-pager\n"
        "    journalctl -u kubelet -u containerd --since -1h --no-pager | tail -n 100\n"
        "Show, on the node, which service ended, with which exit code, and what it logged last.\n"
        "    systemctl restart kubelet\n"
        "Starts the kubelet again; containers go on. If it ends again, drain and replace the node."
    ),
    limits=DEFAULTS,
    check=check,
    is_failing_now=True,
    required=(SERVICES,),
)
