"""An unsupported node: it cannot be scanned.

What it means: EKS Auto Mode allows no commands on its nodes, and Windows has no shell that the collection script can
use. Bottlerocket, whose SSM agent sees a part of the host only, is left out where `BottlerocketScan` is off.

Why it hurts: a fleet report without these nodes would look complete and is not.

What to do: use the tool that exists for each kind; the finding names it.

Source: EKS user guide, Auto Mode ("prevents direct access to the nodes by disallowing SSH or SSM access") and
NodeDiagnostic; the Bottlerocket control container's image.
"""

from __future__ import annotations

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import CaptureStatus, Coverage, Evidence, Severity, Window

NODES_LIMIT = 1
"""One node is enough."""

_WORDS = {
    CaptureStatus.AUTO_MODE: (
        "EKS Auto Mode allows no SSM commands on its nodes; "
        "use the node monitoring agent's conditions, a NodeDiagnostic, or kubectl debug"
    ),
    CaptureStatus.WINDOWS: "Windows has no shell for the collection script; use the node monitoring agent's conditions",
    CaptureStatus.BOTTLEROCKET: (
        "Bottlerocket is left out (BottlerocketScan=off); turn it on, or use the node monitoring agent's conditions"
    ),
}


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Report which kind of node it is, and what to use instead."""
    coverage = window.last[Coverage]
    words = _WORDS.get(coverage.status)
    if words is None:
        return None
    return Evidence(severity=Severity.WARNING, text=words, measured=float(NODES_LIMIT), limit=float(NODES_LIMIT))


RULE = Rule(
    id="node_not_scannable",
    severity=Severity.WARNING,
    title="Unsupported node (cannot be scanned)",
    remedy=(
        "    kubectl describe node NODE\n"
        "Shows the conditions and events that the node monitoring agent reports.\n"
        "    kubectl debug node/NODE -it --image=public.ecr.aws/amazonlinux/amazonlinux:2023 --profile=sysadmin\n"
        "Opens a shell in a debug pod on the node (not on Windows)."
    ),
    limits=NO_LIMITS,
    check=check,
    is_about_coverage=True,
)
