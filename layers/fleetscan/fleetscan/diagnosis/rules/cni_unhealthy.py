"""The VPC CNI's address manager (ipamd, in the pod aws-node) cannot reach the API server, or is restarted repeatedly.

What it means: within the last 20 minutes ipamd.log has a failure to reach the API server, or ipamd was started again
and again. An update of the DaemonSet starts it once.

Why it hurts: without ipamd no pod gets an address: new pods stay in ContainerCreating, and addresses of pods that ended
are not given back. Running pods go on.

What to do: read the log of aws-node. A missing service account token, kube-proxy that does not run on the node, or a
network policy or firewall between node and API server are common causes; after an update of the CNI check the
permissions of its role.

Source: amazon-vpc-cni-k8s, cmd/aws-k8s-agent/main.go; eks-node-monitoring-agent (IPAMDNotReady, which it calls fatal,
and IPAMDRepeatedlyRestart).
"""

from __future__ import annotations

from fleetscan.capture.procfs.journal import Journal
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.diagnosis.measures.journal_events import JOURNAL_SECONDS, event
from fleetscan.diagnosis.rule import Rule
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import counted

LINES_LIMIT = 1
"""One failure to reach the API server is enough, but for a node that has just booted."""

_IN_20_MINUTES = "in ipamd.log's last 20 min"


@immutable
class Limits:
    """The thresholds of the rule."""

    starts_warning_total: int = 3
    """Starts within 20 minutes: an update comes to one, a crash loop at its longest backoff of 5 minutes to four
    (eks-node-monitoring-agent waits for five, over any time)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Look for failures to reach the API server, then for starts."""
    journal = window.last[Journal]
    failed, started = event(journal, "cni_not_ready"), event(journal, "cni_started")
    is_restarting = started is not None and started.count >= limits.starts_warning_total
    starts = "" if started is None else f"; ipamd was started {counted(started.count, 'time')}"
    if failed is not None:
        is_info = _has_just_booted(window) and not is_restarting
        return Evidence(
            severity=Severity.INFO if is_info else Severity.WARNING,
            text=f"the VPC CNI (ipamd) cannot reach the API server, {counted(failed.count, 'line')} {_IN_20_MINUTES}: "
            f"{failed.text}{starts}",
            measured=float(failed.count),
            limit=float(LINES_LIMIT),
        )
    if started is None or not is_restarting:
        return None
    return Evidence(
        severity=Severity.WARNING,
        text=f"the VPC CNI (ipamd) was started {counted(started.count, 'time')} {_IN_20_MINUTES} "
        f"(threshold {limits.starts_warning_total}): {started.text}",
        measured=float(started.count),
        limit=float(limits.starts_warning_total),
    )


def _has_just_booted(window: Window) -> bool:
    """Whether the lines may be of the boot: then ipamd may be there before kube-proxy, and waits for it."""
    uptime = window.last.get(Uptime)
    return uptime is not None and uptime.uptime_seconds < JOURNAL_SECONDS


RULE = Rule(
    id="cni_unhealthy",
    severity=Severity.WARNING,
    title="VPC CNI unhealthy (ipamd cannot reach the API server or restarts)",
    remedy=(
        "    kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=NODE\n"
        "Shows whether aws-node and kube-proxy run on the node, and how often they were restarted.\n"
        "    tail -n 50 /var/log/aws-routed-eni/ipamd.log\n"
        "Shows, on the node, what ipamd was doing when it failed.\n"
        "    kubectl -n kube-system delete pod -l k8s-app=aws-node --field-selector spec.nodeName=NODE\n"
        "Starts it anew on this node, once the cause is gone; running pods go on."
    ),
    limits=DEFAULTS,
    check=check,
)
