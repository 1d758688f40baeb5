"""The kubelet or the container runtime restarts repeatedly.

What it means: the service started five times or more within 20 minutes, or at five or more scans of the last hour it
had restarted since the scan before.

Why it hurts: while the kubelet is down nothing renews the node's lease or restarts a container; while the runtime is
down no pod starts. Between two restarts the node looks healthy.

What to do: the journal shows why it ended. Killed for memory, an unreadable configuration and an expired certificate
are the usual reasons.

Source: node-problem-detector's systemd monitors FrequentKubeletRestart and FrequentContainerdRestart (5 in 20
minutes). A service that restarted in the last 20 minutes and of whose start the journal has no line is a warning too:
its unit has a name that is not known, and a loop cannot be ruled out.
"""

from __future__ import annotations

from fleetscan.capture.procfs.services import Service, Services
from fleetscan.capture.procfs.uptime import Uptime
from fleetscan.diagnosis.measures.since_last import starts_since
from fleetscan.diagnosis.rule import Rule
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import duration

OLD_SECONDS = 20 * 60
"""A service older than this did not start within 20 minutes, so no count is needed."""

BOOTING_SECONDS = 10 * 60
"""Services of a node that boots may start more than once: cloud-init configures them [inference]."""

REMEMBERED_SECONDS = 3_600
"""How far back restarts are counted from scan to scan."""

RUNTIMES = ("containerd", "dockerd", "crio")
SERVICES = ("kubelet", *RUNTIMES)


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 5
    """Starts in 20 minutes, from this number on (node-problem-detector)."""
    remembered_total: int = 5
    """Scans of the last hour that found the service restarted, from this number on: restarts spread over an hour do not
    all show in the journal of 20 minutes [inference]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the starts of each service. A young service whose starts were not counted skips the rule."""
    services = {service.name: service for service in window.last[Services].services}
    for name in SERVICES:
        service = services.get(name)
        if service is not None and (service.starts_in_20_minutes or 0) >= limits.warning_total:
            starts = service.starts_in_20_minutes or 0
            return Evidence(
                severity=Severity.WARNING,
                text=f"{name} started {starts} times in 20 min (threshold {limits.warning_total}), "
                f"the last time {duration(service.age_seconds)} ago",
                measured=float(starts),
                limit=float(limits.warning_total),
            )
    for name in SERVICES:
        seen = starts_since(window, name, REMEMBERED_SECONDS)
        if seen >= limits.remembered_total:
            return Evidence(
                severity=Severity.WARNING,
                text=f"{name} had restarted at {seen} scans of the last hour (threshold {limits.remembered_total}); "
                "restarts between scans are not counted",
                measured=float(seen),
                limit=float(limits.remembered_total),
            )
    for name in SERVICES:
        uncounted = _uncounted(services.get(name), window)
        if uncounted is not None:
            return uncounted
    if "kubelet" not in services:
        raise AbsentError("kubelet was not found among the processes")
    if not any(name in services for name in RUNTIMES):
        raise AbsentError("no container runtime was found among the processes")
    for name, service in services.items():
        _require_known(name, service)
    return None


def _uncounted(service: Service | None, window: Window) -> Evidence | None:
    """Return that a young service started long after the boot, and that the journal that was read has no start of it.

    Then its unit has another name, or the lines are lost: how often it starts is not known, and that it did is.
    """
    uptime = window.last.get(Uptime)
    if service is None or service.starts_in_20_minutes != 0 or service.age_seconds >= OLD_SECONDS or uptime is None:
        return None
    since_boot = uptime.uptime_seconds - service.age_seconds
    if since_boot < BOOTING_SECONDS:
        return None
    return Evidence(
        severity=Severity.WARNING,
        text=f"{service.name} restarted {duration(service.age_seconds)} ago, {duration(since_boot)} after the boot, "
        "and the journal has no line of its start: how often it restarts is unknown",
        measured=float(service.age_seconds),
        limit=float(OLD_SECONDS),
    )


def _require_known(name: str, service: Service) -> None:
    if service.age_seconds < OLD_SECONDS and service.starts_in_20_minutes is None:
        raise AbsentError(f"{name} was started {duration(service.age_seconds)} ago and its starts were not counted")


RULE = Rule(
    id="kubelet_restarting",
    severity=Severity.WARNING,
    title="Kubelet or container runtime restarts repeatedly",
    remedy=(
        "    journalctl -u kubelet -u containerd --since -20min --no-pager | grep -i -E 'error|killed|exit' | tail "
        "-40\n"
        "Shows, on the node, why the service ended."
    ),
    limits=DEFAULTS,
    check=check,
)
