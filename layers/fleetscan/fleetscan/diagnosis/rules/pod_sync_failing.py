"""The kubelet cannot create or stop containers of pods ("Error syncing pod").

What it means: within the last 20 minutes the journal of the kubelet and the container runtime has one of: runc could
not create a container, the pod's /etc/hosts could not be mounted, or a container was killed and did not end in time. A
command that its image does not have is left out.

Why it hurts: the pod stays in ContainerCreating, CrashLoopBackOff or Terminating, and a StatefulSet or a drain of the
node waits for it. The node itself looks healthy.

What to do: see whether the lines name one pod or many. Of one pod they are that pod's problem: its image, its volumes,
a process in state D. Of many pods the runtime, the disk or a mount of the node is at fault: drain and replace it.

Source: eks-node-monitoring-agent (ContainerRuntimeFailed, EtcHostsMountFailed; PodStuckTerminating from the second
time). Its line for the latter is logged at verbosity 4 and for each pod while it ends, so here it is information, and
the failure to kill is the problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fleetscan.capture.procfs.journal import Journal, JournalEvent
from fleetscan.diagnosis.measures.journal_events import LINES_OF_20_MINUTES, event
from fleetscan.diagnosis.rule import Rule
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted

_WORDS: Mapping[str, str] = {
    "hosts_mount_failed": "the /etc/hosts of a pod could not be mounted",
    "pod_not_ended": "a container was killed and did not end in time: its pod stays in Terminating",
    "container_not_created": "a container could not be created (OCI runtime create failed)",
    "pod_ending": "a pod that is to end has running containers",
}
"""What each kind of line means, the worst first."""


@immutable
class Limits:
    """The thresholds of the rule."""

    hosts_warning_total: int = 1
    """Lines about /etc/hosts in 20 minutes: the kubelet itself writes that file (eks-node-monitoring-agent)."""
    ending_warning_total: int = 2
    """Lines about a container that did not end, in 20 minutes: one may be a slow disk (eks-node-monitoring-agent)."""
    create_warning_total: int = 40
    """Lines about a container that was not created, in 20 minutes. One pod that has just been started comes to fewer:
    kubelet and runtime log four for each of nine attempts [inference]."""


DEFAULTS = Limits()

_WARNING_FROM: Mapping[str, Callable[[Limits], int]] = {
    "hosts_mount_failed": lambda limits: limits.hosts_warning_total,
    "pod_not_ended": lambda limits: limits.ending_warning_total,
    "container_not_created": lambda limits: limits.create_warning_total,
}


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for each kind of line; the worst is reported first."""
    journal = window.last[Journal]
    found = [(one, *_severity(one, limits)) for kind in _WORDS if (one := event(journal, kind)) is not None]
    if not found:
        return None
    found.sort(key=lambda entry: -entry[1].rank)
    worst, severity, limit = found[0]
    others = "".join(f"; {_WORDS[one.kind]}, {counted(one.count, 'line')}: {one.text}" for one, _, _ in found[1:])
    return Evidence(
        severity=severity,
        text=f"{_WORDS[worst.kind]}, {counted(worst.count, 'line')} {LINES_OF_20_MINUTES}: {worst.text}{others}; "
        "many lines may be of one pod, whose problem it then is",
        measured=float(worst.count),
        limit=float(limit),
    )


def _severity(one: JournalEvent, limits: Limits) -> tuple[Severity, int]:
    """Return how bad an event is, and from how many lines on."""
    least = _WARNING_FROM.get(one.kind)
    if least is None or one.count < least(limits):
        return Severity.INFO, 1
    return Severity.WARNING, least(limits)


RULE = Rule(
    id="pod_sync_failing",
    severity=Severity.WARNING,
    title="Kubelet cannot create or stop containers (Error syncing pod)",
    remedy=(
        "    journalctl -u kubelet --since -20min --no-pager | grep -E 'OCI runtime|etc-hosts|Kill(Container|Pod)' |"
        " grep -oE ' pod=[^ ]+' | sort | uniq -c | sort -n\n"
        "Shows, on the node, which pods the lines name, and how often.\n"
        "    kubectl drain NODE --ignore-daemonsets --delete-emptydir-data\n"
        "Moves the pods away, if there are many. Then replace the node."
    ),
    limits=DEFAULTS,
    check=check,
)
