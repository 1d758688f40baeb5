"""The instance runs in another CPU credit mode than the configured one.

What it means: a setting names the credit mode, standard or unlimited, and this burstable instance runs in the other
one.

Why it hurts: unlimited instead of standard costs money without a limit. Standard instead of unlimited throttles the
node when its credits are exhausted.

What to do: change the mode of the instance, which takes effect at once, and of its launch template, or the next node
will be the same.

Source: EC2 DescribeInstanceCreditSpecifications. T2 starts in standard mode, T3, T3a and T4g in unlimited mode,
unless the launch template or the account's default says otherwise.
"""

from __future__ import annotations

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import Credits, Evidence, Severity, Window

UNWANTED_MODES = 1.0
"""One instance in the wrong mode is enough."""


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Compare the mode with the configured one; without a setting every mode is accepted."""
    burstable = window.last[Credits]
    if burstable.wanted_mode is None or burstable.mode is burstable.wanted_mode:
        return None
    return Evidence(
        severity=Severity.WARNING,
        text=f"credit mode is {burstable.mode}, the configured mode is {burstable.wanted_mode}",
        measured=UNWANTED_MODES,
        limit=UNWANTED_MODES,
    )


RULE = Rule(
    id="cpu_credit_mode_unwanted",
    severity=Severity.WARNING,
    title="CPU credit mode differs from the configured one",
    remedy=(
        "    aws ec2 modify-instance-credit-specification --instance-credit-specifications "
        "InstanceId=INSTANCE_ID,CpuCredits=MODE\n"
        "Changes the mode at once (MODE is standard or unlimited). Change the launch template of the node group too."
    ),
    limits=NO_LIMITS,
    check=check,
    is_inventory=True,
)
