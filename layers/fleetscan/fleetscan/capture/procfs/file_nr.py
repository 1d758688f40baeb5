"""/proc/sys/fs/file-nr: allocated file handles, free ones (always 0 since Linux 2.6) and their maximum.

::

    13184 0 9223372036854775807

Always there.
https://docs.kernel.org/admin-guide/sysctl/fs.html#file-max-file-nr
"""

from __future__ import annotations

from fleetscan.capture import rows
from fleetscan.immutable import immutable

_SOURCE = "file_nr"


@immutable
class FileNr:
    """Open files of the whole node."""

    open_total: int
    maximum: int
    """Never 0."""


def parse(text: str) -> FileNr:
    """Parse the section ``file_nr``; two of the three numbers are not enough."""
    row = rows.read_one(text, source=_SOURCE)
    return FileNr(open_total=row.whole(0, "allocated"), maximum=row.positive(2, "maximum"))
