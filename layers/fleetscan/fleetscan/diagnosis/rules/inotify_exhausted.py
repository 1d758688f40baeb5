"""inotify instances or watches are used up: programs cannot watch files any more.

What it means: a user holds nearly all inotify instances that the kernel allows one user, or the kubelet or the runtime
logged that it got none. Pods that run as the same user id share one limit with the node's own services.

Why it hurts: `kubectl logs -f` ends with "too many open files" or "no space left on device", the kubelet does not
notice new static pods and configuration, log agents stop following files. The disk is not full and file handles are
not used up.

What to do: raise the limits with sysctl, on the node and in the node group's user data, and find who holds them.

Source: inotify(7): 128 instances of one user by default; kubernetes and amazon-eks-ami threads on "failed to create
fsnotify watcher: too many open files". 90% is the limit that file handles have.
"""

from __future__ import annotations

from fleetscan.capture.procfs.inotify import Inotify, InotifyUser
from fleetscan.capture.procfs.journal import Journal
from fleetscan.diagnosis.measures.journal_events import LINES_OF_20_MINUTES, is_of_inotify
from fleetscan.diagnosis.rule import Rule
from fleetscan.diagnosis.traits import Family
from fleetscan.errors import AbsentError
from fleetscan.immutable import immutable
from fleetscan.model import Evidence, Severity, Window
from fleetscan.quantities import count, counted, percent


@immutable
class Limits:
    """The thresholds of the rule."""

    warning_ratio: float = 0.90
    """Instances of one user, from this share of the limit on [inference: as for file handles]."""


DEFAULTS = Limits()


def check(window: Window, limits: Limits = DEFAULTS) -> Evidence | None:
    """Compare the user with the most instances with the limit, and look for the complaint in the journal."""
    table, journal = window.last.get(Inotify), window.last.get(Journal)
    if table is None and journal is None:
        raise AbsentError("neither the journal nor the inotify instances were collected")
    user = _most(table)
    limit = None if table is None else table.instances_limit
    ratio = user.instances / limit if user is not None and limit else 0.0
    used = (
        f"user {user.uid} holds {count(user.instances)} of {count(limit)} inotify instances "
        f"({percent(ratio)}, threshold {percent(limits.warning_ratio)})"
        if user is not None and limit
        else ""
    )
    said = [] if journal is None else [one for one in journal.events if is_of_inotify(one)]
    if said:
        words = f"{counted(sum(one.count for one in said), 'line')} {LINES_OF_20_MINUTES}: {said[0].text}"
        return Evidence(
            severity=Severity.WARNING,
            text=f"inotify is used up, {words}{f'; {used}' if used else ''}{_watches(table)}",
            measured=1.0,
            limit=limits.warning_ratio,
        )
    if ratio < limits.warning_ratio:
        return None
    return Evidence(severity=Severity.WARNING, text=used, measured=ratio, limit=limits.warning_ratio)


def _watches(table: Inotify | None) -> str:
    if table is None or table.watches_limit is None:
        return ""
    return f"; each user may have {count(table.watches_limit)} watches"


def _most(table: Inotify | None) -> InotifyUser | None:
    return None if table is None else max(table.users, key=lambda one: one.instances, default=None)


RULE = Rule(
    id="inotify_exhausted",
    severity=Severity.WARNING,
    title="inotify instances or watches exhausted",
    remedy=(
        "    find /proc/[0-9]*/fd -lname anon_inode:inotify 2>/dev/null | cut -d/ -f3 | sort | uniq -c | sort -rn | "
        "head\n"
        "Shows, on the node, which processes hold the most instances.\n"
        "    sysctl -w fs.inotify.max_user_instances=8192 fs.inotify.max_user_watches=524288\n"
        "Raises the limits until the next boot; put them into the node group's user data as well."
    ),
    limits=DEFAULTS,
    check=check,
    family=Family.PROCESS_TABLES,
)
