"""A burstable instance in unlimited mode runs above its baseline all the time and is charged for it.

What it means: the instance has spent its credits and a whole day's worth of surplus credits, and now pays for each
further one. It is not throttled: in unlimited mode a balance of 0 does not slow it down.

Why it hurts: it costs money, 0.05 USD per vCPU-hour on T3 and T3a with Linux. Above about 40% CPU usage all day an
instance of the M family is cheaper. And it is a hint that something keeps the CPU busy around the clock.

What to do: find out what uses the CPU before you pay for it. If the work is needed, choose a type that is not
burstable.

Source: EC2 user guide, unlimited mode (CPUSurplusCreditBalance, CPUSurplusCreditsCharged). In the incident the
balance was 0 and the surplus at its maximum of 576: a cost, and not the reason of the outage.
"""

from __future__ import annotations

from fleetscan.diagnosis.measures.throttling import demand_metrics, read_ago
from fleetscan.diagnosis.rule import Rule, known
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.diagnosis.traits import Balances
from fleetscan.model import CreditMode, Credits, Evidence, Severity, Window


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Fire when surplus credits were charged, or when the surplus balance has reached its maximum."""
    burstable = window.last[Credits]
    if burstable.mode is not CreditMode.UNLIMITED:
        return None
    charged, surplus, maximum = burstable.surplus_charged, burstable.surplus_balance, burstable.maximum_balance
    words = f"a cost, not throttling (unlimited mode){read_ago(burstable)}"
    balance = "" if burstable.balance is None else f", balance {burstable.balance:.0f}"
    if surplus is not None and maximum is not None and surplus >= maximum:
        text = f"{surplus:.0f} surplus CPU credits, the maximum{balance}: {words}"
        return Evidence(severity=Severity.WARNING, text=text, measured=surplus, limit=maximum)
    if charged is not None and charged > 0:
        text = f"{charged:.1f} surplus CPU credits charged{balance}: {words}"
        return Evidence(severity=Severity.WARNING, text=text, measured=charged, limit=0.0)
    demand_metrics(burstable)
    known(charged, "CPUSurplusCreditsCharged")
    known(surplus, "CPUSurplusCreditBalance")
    known(maximum, "the largest credit balance of this instance type")
    return None


RULE = Rule(
    id="cpu_surplus_charged",
    severity=Severity.WARNING,
    title="Surplus CPU credits charged (unlimited mode)",
    remedy=(
        "    aws cloudwatch get-metric-statistics --namespace AWS/EC2 --metric-name CPUSurplusCreditsCharged "
        "--dimensions Name=InstanceId,Value=INSTANCE_ID --start-time START --end-time END --period 3600 "
        "--statistics Sum\n"
        "Shows what was charged, hour by hour. Nothing is throttled: find out what keeps the CPU busy. If the work is "
        "needed, an instance type that is not burstable is cheaper."
    ),
    limits=NO_LIMITS,
    check=check,
    is_inventory=True,
    balances=Balances.EVALUATED,
)
