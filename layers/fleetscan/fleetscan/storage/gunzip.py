"""Decompresses gzip within a size limit, as a file of a few kilobytes can hold gigabytes (decompression bomb)."""

from __future__ import annotations

import zlib

GZIP = 16 + zlib.MAX_WBITS
"""The ``wbits`` of zlib for the gzip format."""


class SizeLimitError(Exception):
    """The content is larger than the limit; what was decompressed is discarded."""


def unpacked(packed: bytes, most_bytes: int) -> bytes:
    """Return the content of one whole gzip member, at most so many bytes.

    Raises SizeLimitError for more, zlib.error for data that is not gzip, and ValueError for an incomplete member or
    data after it.
    """
    machine = zlib.decompressobj(GZIP)
    content = machine.decompress(packed, most_bytes + 1)
    if len(content) > most_bytes:
        raise SizeLimitError(f"more than {most_bytes} bytes")
    if not machine.eof or machine.unused_data:
        raise ValueError("not one whole gzip member")
    return content
