"""What the node is: uname, /etc/os-release, /proc/sys/kernel/random/boot_id and the like, one ``key value`` a line.

::

    kernel 6.1.141-155.222.amzn2023.x86_64
    os Amazon_Linux_2023.7.20250609
    boot_id 3f0c2d51-6c0a-4d5e-9a55-5b1f1f0f7a10
    cpus 2
    page_bytes 4096
    cgroup_version 2
    pressure none
    processes_visible own
    ip_forward 0

Always there; in a recorded tree single keys may be missing or ``-``. ``pressure none`` only where the kernel has no
pressure stall information, ``processes_visible own`` only where the processes seen are not the host's: the script runs
in a container with a process namespace of its own. ``ip_forward 0`` only where the kernel forwards no packets of IPv4.
https://man7.org/linux/man-pages/man5/os-release.5.html
"""

from __future__ import annotations

import re

from fleetscan import numbers
from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "host"
_KEYS = frozenset(
    {
        *("kernel", "os", "boot_id", "cpus", "page_bytes", "cgroup_version"),
        *("pressure", "processes_visible", "ip_forward"),
    }
)
_PRINTABLE = re.compile(r"[ -~]{1,128}")


@immutable
class Host:
    """The constants of one node; None where the node did not know."""

    kernel: str | None
    operating_system: str | None
    boot_id: str | None
    """A new one at every boot."""
    cpus: int | None
    """Online CPUs, never 0."""
    page_bytes: int | None
    """4,096 on x86_64, up to 65,536 on some arm64 kernels; a power of two, never 0."""
    cgroup_version: int | None
    has_pressure: bool | None = None
    """False where the kernel is known to have no pressure stall information; None where nothing is said."""
    sees_processes: bool | None = None
    """False where the processes seen are those of the script's own namespace; None where nothing is said."""
    forwards_packets: bool | None = None
    """False where net.ipv4.ip_forward is 0; None where nothing is said."""


def parse(text: str) -> Host:
    """Parse the section ``host``; a key that is missing or ``-`` is None."""
    found = rows.read_keyed(text, source=_SOURCE, keys=_KEYS)
    return Host(
        kernel=_words(found.get("kernel")),
        operating_system=_words(found.get("os")),
        boot_id=_words(found.get("boot_id")),
        cpus=_count(found.get("cpus")),
        page_bytes=_page_bytes(found.get("page_bytes")),
        cgroup_version=_count(found.get("cgroup_version")),
        has_pressure=_denied(found.get("pressure"), "none"),
        sees_processes=_denied(found.get("processes_visible"), "own"),
        forwards_packets=_denied(found.get("ip_forward"), "0"),
    )


def _denied(row: rows.Row | None, word: str) -> bool | None:
    """Return False where the row says what the node lacks; what else it may say is of a newer script."""
    return None if row is None or row.word(1, row.words[0]) != word else False


def _words(row: rows.Row | None) -> str | None:
    if row is None or row.word(1, row.words[0]) == rows.UNKNOWN:
        return None
    value = " ".join(row.words[1:])
    if not _PRINTABLE.fullmatch(value):
        raise row.error(f"{row.words[0]} is not a short printable text: {numbers.shown(value)}")
    return value


def _count(row: rows.Row | None) -> int | None:
    if row is None or row.word(1, row.words[0]) == rows.UNKNOWN:
        return None
    return row.positive(1, row.words[0])


def _page_bytes(row: rows.Row | None) -> int | None:
    value = _count(row)
    if row is not None and value is not None and value & (value - 1):
        raise row.error(f"page_bytes is no power of two: {value}")
    return value
