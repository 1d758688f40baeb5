"""/proc/spl/kstat/zfs/arcstats, reduced to the size of the ZFS adaptive replacement cache.

Of the kernel's ``size 4 67108864``, which is name, type and data::

    size 67108864

Absent where the ZFS module is not loaded, which is nearly everywhere.
https://openzfs.github.io/openzfs-docs/man/master/1/arcstat.1.html
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "arcstats"


@immutable
class Arcstats:
    """The ZFS cache: memory that meminfo shows in no field of its own."""

    size_bytes: int


def parse(text: str) -> Arcstats:
    """Parse the section ``arcstats``; anything but a size is a ParseError."""
    row = rows.read_keyed(text, source=_SOURCE, keys={"size"})["size"]
    return Arcstats(size_bytes=row.whole(1, "size"))
