"""Do the pods burn the CPU? What `kubectl top` shows, beside what the node itself counts."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.investigation.hypothesis import Answer, Hypothesis, no, yes
from fleetscan.measures.cpu_time import cpu_time
from fleetscan.measures.pod_cpus import pod_cpus
from fleetscan.model import Finding, Window
from fleetscan.procfs.host import Host
from fleetscan.quantities import percent
from fleetscan.rule import known

BUSY_RATIO = 0.80
"""Below this share of busy time there is nothing to blame anybody for (cpu_outside_pods)."""

PODS_RATIO = 0.25
"""Below this share of the busy time it is not the pods (cpu_outside_pods)."""


def _examine(window: Window, _findings: Sequence[Finding]) -> Answer:
    taken = cpu_time(window)
    if taken.busy_ratio < BUSY_RATIO:
        return no(f"the node is {percent(taken.busy_ratio)} busy")
    cpus = known(window.last[Host].cpus, "the number of CPUs")
    used_cpus = pod_cpus(window)
    pods = f"the pods use {percent(used_cpus / cpus)} of {cpus} CPUs while the node is {percent(taken.busy_ratio)} busy"
    if used_cpus < PODS_RATIO * taken.busy_ratio * cpus:
        return no(f"{pods}: the kernel or the host burns the rest")
    return yes(pods)


PODS_CPU = Hypothesis(id="pods_cpu", question="Do the pods burn the CPU?", examine=_examine)
