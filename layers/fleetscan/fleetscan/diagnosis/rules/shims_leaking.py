"""Shims of containers are left over: there are far more of them than pods.

What it means: containerd starts a shim for each pod (before version 1.2 one for each container), which stays as long
as the pod does. There are more than two for each pod, and more than fifty.

Why it hurts: each holds some megabytes, a dozen threads and open files, and belongs to no pod any more. In the end
memory or PIDs run out.

What to do: compare the shims with the containers that the runtime knows. Restarting containerd adopts or ends them; a
drain and a reboot ends them for certain.

Source: containerd issues 12344 (on EKS, with many short pods) and 8381 (until no PID was left). Two for each pod and
fifty are our own figures: a pod that starts or ends may have two for a moment.
"""

from __future__ import annotations

from fleetscan.capture.procfs.pods import Pods
from fleetscan.capture.procfs.tasks import Tasks
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted

SHIMS_OF_A_POD = 2
"""One is usual [inference]."""


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 50
    """Shims, from this number on if they are more than two for each pod [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the number of shims with that of the pods."""
    tasks = window.last[Tasks]
    shims = known(tasks.shims, "the number of shims")
    pods = window.last[Pods].count
    limit = max(limits.warning_total, SHIMS_OF_A_POD * pods + 1)
    if shims < limit:
        return None
    least = "" if tasks.is_whole else "at least "
    return Evidence(
        severity=Severity.WARNING,
        text=f"{least}{counted(shims, 'shim')} (containerd-shim) for {counted(pods, 'pod')} (threshold {limit})",
        measured=float(shims),
        limit=float(limit),
    )


RULE = Rule(
    id="shims_leaking",
    severity=Severity.WARNING,
    title="Container shims leaking (containerd-shim)",
    remedy=(
        "    ps -eo pid,etime,args | grep '[c]ontainerd-shim' | head\n"
        "    crictl pods | wc -l\n"
        "Show, on the node, the shims with their age, and the pods that the runtime knows.\n"
        "    systemctl restart containerd\n"
        "Run it on the node: containerd ends the shims whose containers are gone. If they stay, drain the node and "
        "replace it with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.PROCESS_TABLES,
)
