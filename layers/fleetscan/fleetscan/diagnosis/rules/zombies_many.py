"""Many zombie processes: their parent does not reap them.

What it means: a zombie is a process that has ended and whose parent has not read its exit status (wait). It holds no
memory, but it holds a PID.

Why it hurts: a few are harmless. Twenty or more mean that a parent has a bug and never reaps its children; in the
end PIDs run out, for the pod or for the node.

What to do: the finding names the parent. A container whose first process does not reap children needs an init such
as tini, or `shareProcessNamespace: true`; restarting the parent clears them at once.

Source: the Aliyun plugins of node-problem-detector (20). Zombies are caused by the parent, never by the kernel.
"""

from __future__ import annotations

from fleetscan.capture.procfs.processes import Processes
from fleetscan.capture.procfs.tasks import Tasks, ZombieParent
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Suspect, Window
from fleetscan.quantities import count, counted


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_total: int = 20
    """Zombies, from this number on (Aliyun's node-problem-detector)."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Count the zombies and name the process with the most of them."""
    tasks = window.last[Tasks]
    if tasks.zombies < limits.warning_total:
        return None
    parent = tasks.zombie_parent
    least = "" if tasks.is_whole else "at least "
    text = f"{least}{count(tasks.zombies)} zombie processes (threshold {limits.warning_total})"
    if parent is not None:
        text += f"; {count(parent.zombies)} are children of {parent.command} (pid {parent.pid})"
    return Evidence(
        severity=Severity.WARNING,
        text=text,
        measured=float(tasks.zombies),
        limit=float(limits.warning_total),
        suspects=() if parent is None else (_suspect(window, parent, tasks.zombies),),
    )


def _suspect(window: Window, parent: ZombieParent, zombies: int) -> Suspect:
    processes = window.last.get(Processes)
    known = () if processes is None else processes.processes
    pod = next((process.pod for process in known if process.pid == parent.pid), None)
    return Suspect(
        kind="process",
        name=parent.command,
        reason=f"has {counted(parent.zombies, 'child', 'children')} that it does not reap"
        + (f"; pod {pod}" if pod else ""),
        share=parent.zombies / zombies,
    )


RULE = Rule(
    id="zombies_many",
    severity=Severity.WARNING,
    title="Many zombie processes (defunct)",
    remedy=(
        "    ps -eo ppid,state,comm | awk '$2 == \"Z\"' | sort | uniq -c | sort -rn | head\n"
        "Shows, on the node, the parents of the zombies. Restart them, and give their containers an init that reaps "
        "children, such as tini."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.PROCESS_TABLES,
)
