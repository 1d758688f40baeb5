"""What gzip packed, unpacked within a limit: a file of a few kilobytes can hold gigabytes, whoever wrote it."""

from __future__ import annotations

import zlib

GZIP = 16 + zlib.MAX_WBITS
"""zlib's way to ask for the gzip container."""


class LargerError(Exception):
    """There is more in it than may be unpacked; what was unpacked until then is thrown away."""


def unpacked(packed: bytes, most_bytes: int) -> bytes:
    """Return what one whole gzip member holds, at most so many bytes of it.

    Raises LargerError for more, zlib.error for what is no gzip, and ValueError for a part of a member and for anything
    behind it.
    """
    machine = zlib.decompressobj(GZIP)
    content = machine.decompress(packed, most_bytes + 1)
    if len(content) > most_bytes:
        raise LargerError(f"more than {most_bytes} bytes")
    if not machine.eof or machine.unused_data:
        raise ValueError("no whole gzip member")
    return content
