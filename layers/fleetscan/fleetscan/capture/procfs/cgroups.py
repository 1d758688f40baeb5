"""/proc/cgroups and /sys/fs/cgroup/cgroup.stat, reduced to the numbers of memory cgroups and of dying ones.

A dying cgroup is removed but still charged for pages or slab objects, which keep it in the kernel::

    memory 312
    dying 5

``dying`` is absent on cgroup v1, ``memory`` where the kernel has no memory controller.
https://docs.kernel.org/admin-guide/cgroup-v2.html#core-interface-files (``nr_dying_descendants``)
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "cgroups"


@immutable
class Cgroups:
    """Numbers of cgroups on the whole node."""

    memory_total: int | None
    """Cgroups of the memory controller, as /proc/cgroups counts them: on v1 the dying ones are among them."""
    dying_total: int | None


def parse(text: str) -> Cgroups:
    """Parse the section ``cgroups``; a field that is missing or ``-`` is None."""
    found = rows.read_keyed(text, source=_SOURCE, keys={"memory", "dying"})
    return Cgroups(
        memory_total=found["memory"].whole_or_none(1, "memory") if "memory" in found else None,
        dying_total=found["dying"].whole_or_none(1, "dying") if "dying" in found else None,
    )
