"""A network interface fails: its driver reset it, packets were lost in it, or it counts errors.

What it means: the ENA driver resets its device when that does not answer, and the kernel complains about a queue that
does not send. Errors are packets that came damaged or could not be sent.

Why it hurts: during a reset no packet passes for some seconds: connections break, the node may miss its heartbeats.
Errors make connections slow before they break them.

What to do: one reset may be maintenance of the host. Repeated ones are a fault of the host or of the driver: update the
AMI (ENA driver 2.x brought many fixes), then replace the node: stop and start moves it to other hardware.

Source: amzn-drivers, ENA driver best practices and ena_netdev.c; node-mixin's NodeNetworkReceiveErrs and
NodeNetworkTransmitErrs (1%).
"""

from __future__ import annotations

from fleetscan.capture.procfs.interfaces import Interface, Interfaces
from fleetscan.diagnosis.measures.kernel_events import in_a_day, occurrences, recent_events
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, counted, percent


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 1
    """Resets or timeouts in 24 hours (amzn-drivers: a reset is the driver's last resort)."""
    warning_ratio: float = 0.01
    """Errors, above this share of an interface's packets between the samples (node-mixin NodeNetworkReceiveErrs)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare errors with packets, then look for resets in the kernel log's last 24 hours."""
    errors = _errors(window, limits)
    if errors is not None:
        return errors
    events = recent_events(window, "network_device")
    if not events or (times := occurrences(events)) < limits.warning_total:
        return None
    return Evidence(
        severity=Severity.WARNING,
        text=f"{counted(times, 'interruption')}: {in_a_day(window, events)}",
        measured=float(times),
        limit=float(limits.warning_total),
    )


def _errors(window: Window, limits: Limits) -> Evidence | None:
    read = window.last.get(Interfaces)
    worst = max((_share(one) for one in (() if read is None else read.interfaces)), default=None)
    if worst is None or worst[0] <= limits.warning_ratio:
        return None
    share, name, way, errors, packets = worst
    return Evidence(
        severity=Severity.WARNING,
        text=f"{name} {way} {count(errors)} of {count(packets)} packets with errors "
        f"({percent(share)}, threshold {percent(limits.warning_ratio)})",
        measured=share,
        limit=limits.warning_ratio,
    )


def _share(one: Interface) -> tuple[float, str, str, int, int]:
    """Return the larger share of errors; a packet with an error is in none of the kernel's counts of packets."""
    received, sent = one.rx_packets + one.rx_errors, one.tx_packets + one.tx_errors
    return max(
        (one.rx_errors / max(received, 1), one.name, "received", one.rx_errors, received),
        (one.tx_errors / max(sent, 1), one.name, "sent", one.tx_errors, sent),
    )


RULE = Rule(
    id="network_device_failing",
    severity=Severity.WARNING,
    title="Network interface failing (resets or errors)",
    remedy=(
        "    ethtool -i eth0 && ethtool -S eth0 | grep -v ': 0$'\n"
        "Shows, on the node, the version of the driver and what it counted.\n"
        "    journalctl -k --since -24h | grep -E 'ena |NETDEV WATCHDOG'\n"
        "Shows each reset. If it happens again, replace the node with a newer AMI."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.KERNEL_COMPLAINTS,
)
