"""A worker of a kind that cannot be asked this way.

What it means: EKS Auto Mode lets no command in, Windows has no shell that the collection script knows, and
Bottlerocket's agent lives in a container from which the host is not seen.

Why it hurts: a fleet report without these nodes would look complete and is not.

What to do: ask them in the way that is made for them; the finding names it for each kind.

Source: EKS user guide, Auto Mode ("prevents direct access to the nodes by disallowing SSH or SSM access") and
NodeDiagnostic; the Bottlerocket control container's image.
"""

from __future__ import annotations

from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import NO_LIMITS, NoLimits
from fleetscan.model import CaptureStatus, Coverage, Evidence, Severity, Window

NODES_LIMIT = 1
"""One node that is not seen is one to know of."""

_WORDS = {
    CaptureStatus.AUTO_MODE: (
        "EKS Auto Mode lets no command in; "
        "use the node monitoring agent's conditions, a NodeDiagnostic, or kubectl debug"
    ),
    CaptureStatus.WINDOWS: "it runs Windows, which has no shell to ask; use the node monitoring agent's conditions",
    CaptureStatus.BOTTLEROCKET: (
        "Bottlerocket's control container does not see the host; use the admin container or the node monitoring agent"
    ),
}


def check(window: Window, _limits: NoLimits = NO_LIMITS) -> Evidence | None:
    """Tell which kind the node is of, and what to do instead."""
    coverage = window.last[Coverage]
    words = _WORDS.get(coverage.status)
    if words is None:
        return None
    return Evidence(severity=Severity.WARNING, text=words, measured=float(NODES_LIMIT), limit=float(NODES_LIMIT))


RULE = Rule(
    id="node_not_scannable",
    severity=Severity.WARNING,
    title="The node is of a kind that cannot be asked",
    remedy=(
        "Ask it through Kubernetes instead:\n"
        "    kubectl describe node NODE\n"
        "    kubectl debug node/NODE -it --image=public.ecr.aws/amazonlinux/amazonlinux:2023 --profile=sysadmin"
    ),
    limits=NO_LIMITS,
    check=check,
)
