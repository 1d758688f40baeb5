"""A burstable instance in standard mode has exhausted its CPU credits and is throttled to its baseline.

What it means: the credit balance is about 0, the mode is standard, and CPU usage is at the baseline of the instance
type: EC2 gives the instance a fraction of its CPUs (20% of a t3.medium) until it has earned credits again.

Why it hurts: a node that ran well for hours becomes five times slower at once, and inside the node only CPU steal
shows the reason. The kubelet misses its heartbeats as it does on an overloaded node.

What to do: switch to unlimited mode, which takes effect at once and charges for CPU above the baseline, or choose an
instance type that is not burstable. An instance in unlimited mode is never throttled, even with a balance of 0.

Source: EC2 user guide, burstable performance instances: baseline, earning and limits of each type. The incident was
first taken for this and was not: the mode was unlimited, the balance 0, the surplus at its maximum.
"""

from __future__ import annotations

from fleetscan.diagnosis.measures.throttling import EMPTY_RATIO, Throttling, read_ago, throttling
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import Balances
from fleetscan.model import Cause, Credits, Evidence, Severity, Window
from fleetscan.quantities import percent


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Compare mode, balance and CPU usage. Unlimited mode never fires; a missing datapoint is not an empty balance."""
    burstable = window.last[Credits]
    held_back = throttling(burstable)
    if held_back is Throttling.NONE:
        return None
    balance = known(burstable.balance, "CPUCreditBalance")
    maximum = known(burstable.maximum_balance, "the largest credit balance of this instance type")
    used = percent(known(burstable.cpu_utilization_ratio, "CPUUtilization"))
    baseline = percent(known(burstable.baseline_ratio, "the baseline of this instance type"))
    if held_back is Throttling.THROTTLED:
        severity, words = Severity.CRITICAL, f"CPU usage of {used} is throttled to the baseline of {baseline}"
    else:
        severity = Severity.WARNING
        words = f"CPU usage of {used} will be throttled to the baseline of {baseline} within minutes"
    return Evidence(
        severity=severity,
        text=f"standard mode, {balance:.1f} of {maximum:.0f} CPU credits left: {words}{read_ago(burstable)}",
        measured=balance,
        limit=EMPTY_RATIO * maximum,
        cause=Cause.CPU_CREDITS,
    )


RULE = Rule(
    id="cpu_credits_exhausted",
    severity=Severity.CRITICAL,
    title="CPU credits exhausted: burstable instance throttled",
    remedy=(
        "    aws ec2 modify-instance-credit-specification --instance-credit-specifications "
        "InstanceId=INSTANCE_ID,CpuCredits=unlimited\n"
        "Ends the throttling at once; CPU above the baseline is then charged. Change the launch template too."
    ),
    limits=NO_LIMITS,
    check=check,
    balances=Balances.EVALUATED,
)
