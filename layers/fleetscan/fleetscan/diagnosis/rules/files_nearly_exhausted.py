"""The file handles of the whole node are nearly exhausted.

What it means: the kernel has one limit for all open files, sockets and pipes together (fs.file-max), and more than
70% of it is used.

Why it hurts: at the limit every open, accept and pipe fails with "Too many open files in system", in processes that
did nothing wrong.

What to do: look at the process that the finding names. A number that only grows is a leak of file descriptors, and a
restart frees them. Processes hold file handles; the kernel does not leak them.

Source: eks-node-monitoring-agent (70%); critical at 90%, the same monitor's error.
Documentation/admin-guide/sysctl/fs.rst.
"""

from __future__ import annotations

from typing import Annotated

from fleetscan.capture.procfs.descriptors import DescriptorHolder, Descriptors
from fleetscan.capture.procfs.file_nr import FileNr
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.thresholds import AtLeast
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Cause, Evidence, Severity, Suspect, Window
from fleetscan.quantities import count, percent

HELD_RATIO = 0.50
"""The listed processes must hold half of the files together to be named as the cause (own choice)."""

SUSPECT_RATIO = 0.10
"""A process that holds less than a tenth is not named (own choice)."""

SUSPECTS = 3


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.70
    """From this share of the limit on (eks-node-monitoring-agent)."""
    critical_ratio: Annotated[float, AtLeast("warning_ratio")] = 0.90
    """From this share of the limit on (eks-node-monitoring-agent)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the open files with the limit, and name the processes that hold them if they were collected."""
    files = window.last[FileNr]
    ratio = files.open_total / files.maximum
    if ratio < limits.warning_ratio:
        return None
    severity, limit = (
        (Severity.CRITICAL, limits.critical_ratio)
        if ratio >= limits.critical_ratio
        else (Severity.WARNING, limits.warning_ratio)
    )
    descriptors = window.last.get(Descriptors)
    holders = () if descriptors is None else descriptors.holders
    held = sum(holder.open_files for holder in holders)
    named = [holder for holder in holders if holder.open_files >= SUSPECT_RATIO * files.open_total]
    named.sort(key=lambda holder: -holder.open_files)
    used = f"{count(files.open_total)} of {count(files.maximum)} file handles in use"
    text = f"{used} ({percent(ratio)}, threshold {percent(limit)})"
    if named:
        text += f"; {named[0].command} (pid {named[0].pid}) holds {count(named[0].open_files)}"
    return Evidence(
        severity=severity,
        text=text,
        measured=ratio,
        limit=limit,
        cause=Cause.PROCESS_HOLDS_FILES if held >= HELD_RATIO * files.open_total else Cause.UNATTRIBUTED,
        suspects=tuple(_suspect(holder, files.open_total) for holder in named[:SUSPECTS]),
    )


def _suspect(holder: DescriptorHolder, open_total: int) -> Suspect:
    return Suspect(
        kind="process",
        name=holder.command,
        reason=f"holds {count(holder.open_files)} open files" + (f"; pod {holder.pod}" if holder.pod else ""),
        share=min(1.0, holder.open_files / open_total),
    )


RULE = Rule(
    id="files_nearly_exhausted",
    severity=Severity.CRITICAL,
    title="File handles nearly exhausted (fs.file-max)",
    remedy=(
        "    ls -l /proc/PID/fd | awk '{print $NF}' | sed 's/[0-9]*//g' | sort | uniq -c | sort -rn | head\n"
        "Shows what the process PID holds open. Restart it to free the file handles; raise fs.file-max if it needs "
        "them."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.PROCESS_TABLES,
)
