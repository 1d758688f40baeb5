"""What gzip packed, unpacked within a limit."""

from __future__ import annotations

import gzip
import zlib

import pytest

from fleetscan.storage.gunzip import SizeLimitError, unpacked

PACKED = gzip.compress(b"a" * 1_000)


def test_as_much_as_may_be_is_unpacked() -> None:
    """Exactly as many bytes."""
    assert unpacked(PACKED, 1_000) == b"a" * 1_000


@pytest.mark.parametrize(
    ("packed", "most_bytes", "error"),
    [
        pytest.param(PACKED, 999, SizeLimitError, id="one byte too many"),
        pytest.param(gzip.compress(b"a" * 10_000_000), 999, SizeLimitError, id="a small file of ten megabytes"),
        pytest.param(PACKED[:-1], 1_000, ValueError, id="cut off"),
        pytest.param(b"", 1_000, ValueError, id="nothing"),
        pytest.param(PACKED + b"x", 1_000, ValueError, id="something behind it"),
        pytest.param(PACKED + PACKED, 2_000, ValueError, id="two members"),
        pytest.param(b"{}", 1_000, zlib.error, id="not packed"),
        pytest.param(zlib.compress(b"a"), 1_000, zlib.error, id="packed otherwise"),
    ],
)
def test_anything_else_is_an_error(packed: bytes, most_bytes: int, error: type[Exception]) -> None:
    """And nothing of it is given."""
    with pytest.raises(error):
        unpacked(packed, most_bytes)
