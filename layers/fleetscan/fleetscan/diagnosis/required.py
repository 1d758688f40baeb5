"""Healthy must be earned: which evidence a node must have, and which of it could not be evaluated.

What is required is in the rules themselves (``Required``). Here is which nodes do not have some of it by their kind: a
kernel without pressure information, a host whose agent cannot see its processes, a script of an earlier version, a
recorded tree. Their rules are skipped with that reason, and the node is not unknown for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleetscan.capture.procfs.conntrack import Conntrack
from fleetscan.capture.procfs.filesystems import Filesystems
from fleetscan.capture.procfs.host import Host
from fleetscan.capture.procfs.kernel_log import KernelLog
from fleetscan.capture.procfs.pressure import Pressure
from fleetscan.diagnosis.measures.since_last import readings_of_boot
from fleetscan.diagnosis.rule import AnyRule
from fleetscan.diagnosis.traits import (
    CONNECTIONS,
    KERNEL_LOG,
    PRESSURE,
    ROOM,
    SERVICES,
    WRITABLE,
    Required,
)
from fleetscan.errors import AbsentError
from fleetscan.model import CaptureStatus, Coverage, Window
from fleetscan.model.memory import History

FAILED = "the rule failed, a bug in fleetscan"

_HIDDEN = (SERVICES, WRITABLE, ROOM)
"""What an agent in a container of its own cannot see of its host. The kernel log may be readable even there."""

_NEW_IN_2 = (WRITABLE, ROOM)
"""What version 1 of the capture does not say."""

_SLACK_SECONDS = 120
"""The last scan read a node some time after it began, from which its age is counted."""


def excuses(window: Window) -> Mapping[Required, str]:
    """Return the evidence that a node of this kind does not have, or need not have, and why."""
    coverage = window.last.get(Coverage)
    if coverage is None or coverage.status is not CaptureStatus.ANSWERED:
        return {}
    found: dict[Required, str] = {}
    if (pressure := _no_pressure(window, coverage)) is not None:
        found[PRESSURE] = pressure
    if Conntrack not in window.last and "conntrack" not in coverage.lost:
        unrecorded = ", or the table was not recorded" if coverage.is_recording else ""
        found[CONNECTIONS] = f"the kernel module nf_conntrack is not loaded{unrecorded}"
    if (log := _read_before(window)) is not None:
        found[KERNEL_LOG] = log
    if coverage.is_recording and not _has_room(window):
        found[ROOM] = "room on the file systems was not recorded: the tree has no file statfs"
    if coverage.version == 1:
        found |= dict.fromkeys(_NEW_IN_2, "version 1 of the collection script does not collect it")
    if coverage.hidden:
        reason = f"not visible from the agent's container: {', '.join(coverage.hidden)}"
        found |= dict.fromkeys(_HIDDEN if KernelLog in window.last else (*_HIDDEN, KERNEL_LOG), reason)
    return found


def unevaluated(
    rules: Sequence[AnyRule],
    window: Window,
    skipped: Mapping[str, str],
    failed: Mapping[str, str],
    excused: Mapping[Required, str],
) -> Mapping[str, str]:
    """Return the required evidence that is missing, or of rules that were skipped or failed, and why."""
    found: dict[str, str] = {}
    for rule in rules:
        for one in rule.required:
            reason = FAILED if rule.id in failed else skipped.get(rule.id) or _why_missing(one, window)
            if reason and (rule.id in failed or one not in excused):
                found.setdefault(one.name, reason)
    return found


def _why_missing(one: Required, window: Window) -> str:
    """Return why its source is missing; empty where it is there. A rule may answer without it, and answers less."""
    try:
        window.last[one.source]
    except AbsentError as absent:
        return str(absent)
    return ""


def skip_reason(rule: AnyRule, reason: str, excused: Mapping[Required, str]) -> str:
    """Return why a rule was skipped: the kind of node, if that is why, else the rule's own reason."""
    return next((excused[one] for one in rule.required if one in excused), reason)


def _no_pressure(window: Window, coverage: Coverage) -> str | None:
    host = window.last.get(Host)
    if host is not None and host.has_pressure is False:
        return "the kernel has no pressure information (PSI)"
    if coverage.version == 1 and Pressure not in window.last:
        return "version 1 of the collection script does not tell a kernel without pressure information (PSI)"
    return None


def _read_before(window: Window) -> str | None:
    """Return that the kernel log reaches back to the last scan, which read what came before; else None."""
    log, history, readings = window.last.get(KernelLog), window.last.get(History), readings_of_boot(window)
    if log is None or log.oldest_age_seconds is None or history is None or not readings:
        return None
    since_seconds = history.at_epoch_seconds - readings[-1].at_epoch_seconds
    if log.oldest_age_seconds < since_seconds + _SLACK_SECONDS:
        return None
    hours = log.oldest_age_seconds / 3600
    return f"the kernel log covers only {hours:.1f} h; what came before was there to be read at the last scan"


def _has_room(window: Window) -> bool:
    found = window.last.get(Filesystems)
    return found is not None and any(one.free_bytes is not None for one in found.filesystems)
