"""Is the instance throttled because its CPU credits are exhausted? In the incident the balance was 0 and it was not."""

from __future__ import annotations

from collections.abc import Sequence

from fleetscan.diagnosis.investigation.hypothesis import Answer, Hypothesis, no, unknown, yes
from fleetscan.diagnosis.measures.cpu_time import cpu_time
from fleetscan.diagnosis.measures.throttling import Throttling, throttling
from fleetscan.diagnosis.rules import cpu_credits_exhausted
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.errors import AbsentError
from fleetscan.model import CreditMode, Credits, Finding, Window
from fleetscan.quantities import percent

NO_STEAL_RATIO = 0.05
"""A throttled instance loses most of its CPU time, a t3.medium at its baseline 80%; below 5% it is not throttled."""

BUSY_RATIO = 0.05
"""Only CPUs that had work can be throttled: an idle node has no steal, throttled or not."""


def _examine(window: Window, _findings: Sequence[Finding], _limits: NoLimits) -> Answer:
    burstable = window.last.get(Credits)
    if burstable is None:
        return _by_steal(window)
    if burstable.mode is CreditMode.UNLIMITED:
        return no(f"unlimited mode is never throttled{_spent(burstable)}{_steal(window)}")
    held_back = throttling(burstable)
    left = f"standard mode, {burstable.balance:.0f} of {burstable.maximum_balance:.0f} CPU credits left{_steal(window)}"
    if held_back is Throttling.NONE:
        return no(left)
    used, baseline = burstable.cpu_utilization_ratio or 0.0, burstable.baseline_ratio or 0.0
    return yes(f"{left}; CPU usage is {percent(used)}, the baseline {percent(baseline)}")


def _spent(burstable: Credits) -> str:
    """Return the surplus credits of an unlimited instance, which cost money and do not throttle it."""
    if not burstable.surplus_balance:
        return "" if burstable.balance is None else f", balance {burstable.balance:.0f}"
    balance = "" if burstable.balance is None else f"the balance is {burstable.balance:.0f} and "
    is_most = burstable.maximum_balance is not None and burstable.surplus_balance >= burstable.maximum_balance
    most = ", its maximum" if is_most else ""
    return f": {balance}the surplus {burstable.surplus_balance:.0f}{most}, a cost and not throttling"


def _steal(window: Window) -> str:
    try:
        return f"; CPU steal is {percent(cpu_time(window).steal_ratio)}"
    except AbsentError:
        return ""


def _by_steal(window: Window) -> Answer:
    """Answer from inside the node: a throttled instance has high CPU steal."""
    taken = cpu_time(window)
    stolen = percent(taken.steal_ratio)
    if taken.steal_ratio < NO_STEAL_RATIO:
        wanted = taken.busy_ratio + taken.steal_ratio
        busy = "" if wanted >= BUSY_RATIO else f", but the CPUs were nearly idle ({percent(wanted)} busy)"
        return no(f"CPU steal is {stolen}{busy}")
    return unknown(f"CPU steal is {stolen} and the CPU credits of the instance are unknown")


CPU_CREDITS = Hypothesis(
    id="cpu_credits",
    question="Is the instance throttled because its CPU credits are exhausted?",
    examine=_examine,
    limits=NO_LIMITS,
    rules=(cpu_credits_exhausted.RULE.id,),
)
