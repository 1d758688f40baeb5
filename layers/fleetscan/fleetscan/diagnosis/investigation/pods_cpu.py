"""Do the pods use the CPU? Compares what `kubectl top` shows with what the node itself counts."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.capture.procfs.host import Host
from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, yes
from fleetscan.diagnosis.measures.cpu_time import cpu_time
from fleetscan.diagnosis.measures.pod_cpus import pod_cpus
from fleetscan.diagnosis.rule import known
from fleetscan.diagnosis.rules import cpu_usage_high, load_high
from fleetscan.diagnosis.rules.cpu_outside_pods import DEFAULTS, Limits
from fleetscan.model import Finding, Window
from fleetscan.quantities import percent


def _examine(window: Window, _findings: Sequence[Finding], limits: Limits) -> Answer:
    taken = cpu_time(window)
    if taken.busy_ratio < limits.busy_ratio:
        return no(f"the CPUs are {percent(taken.busy_ratio)} busy")
    cpus = known(window.last[Host].cpus, "the number of CPUs")
    used_cpus = pod_cpus(window)
    pods = f"pods use {percent(used_cpus / cpus)} of {cpus} CPUs while the CPUs are {percent(taken.busy_ratio)} busy"
    if used_cpus < limits.pods_ratio * taken.busy_ratio * cpus:
        return no(f"{pods}: the kernel or host processes use the rest")
    return yes(pods)


PODS_CPU = Hypothesis(
    id="pods_cpu",
    question="Do the pods use the CPU?",
    examine=_examine,
    limits=DEFAULTS,
    rules=(cpu_usage_high.RULE.id, load_high.RULE.id),
)
