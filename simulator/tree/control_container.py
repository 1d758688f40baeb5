"""What Bottlerocket's control container shows of a node: the agent runs in it, and so does the collection script.

It shares the host's network namespace, and the kernel's own figures are the host's; processes and cgroups are the
container's, and the kernel log and containerd's folders are not there.
"""

from __future__ import annotations

import re

from simulator.fleet import FleetNode
from simulator.tree.files import Files, Link
from simulator.tree.processes import Process, process_files

_PROCESSES = tuple(
    Process(pid=pid, parent=parent, command=command, cgroup="/", resident_mib=resident_mib)
    for pid, parent, command, resident_mib in (
        (1, 0, "start_control_s", 8.0),
        (9, 1, "amazon-ssm-agen", 22.0),
        (31, 9, "ssm-document-wo", 16.0),
        (77, 31, "sh", 2.0),
    )
)
_HIDDEN = re.compile(r"t[01]/(?:proc/[0-9]+/|sys/fs/cgroup/|run/|var/log/|statfs|chrony|ethtool/).*", re.DOTALL)


def seen_from_it(node: FleetNode, files: Files) -> dict[str, str | Link]:
    """Return the files of a node's tree that are there, and those of the container's own processes."""
    seen = {name: content for name, content in files.items() if not _HIDDEN.fullmatch(name)}
    own = [process_files(node, process) for process in _PROCESSES]
    return seen | {f"t1/proc/{name}": content for each in own for name, content in each.items()}
