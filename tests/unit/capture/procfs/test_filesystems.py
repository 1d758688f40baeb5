"""The section ``filesystems``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import filesystems
from fleetscan.capture.procfs.filesystems import Filesystem, Filesystems
from fleetscan.errors import ParseError


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every value of the docstring's sample arrives, in its unit."""
    expected = Filesystems(
        filesystems=(
            Filesystem(
                mountpoint="/",
                device="nvme0n1p1",
                type="xfs",
                mount_is_read_only=False,
                is_read_only=False,
                total_bytes=21464350720,
                free_bytes=12884901888,
                total_inodes=10485760,
                free_inodes=10304512,
            ),
            Filesystem(
                mountpoint="/var/lib/kubelet",
                device="nvme1n1",
                type="ext4",
                mount_is_read_only=False,
                is_read_only=True,
                total_bytes=107374182400,
                free_bytes=None,
                total_inodes=None,
                free_inodes=None,
            ),
        )
    )

    assert expected == filesystems.parse(documented(filesystems))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("/ nvme0n1p1 xfs rw", "filesystems, line 1: super block is missing", id="not enough fields"),
        pytest.param(
            "/ nvme0n1p1 xfs rx rw 1 1 1 1", "filesystems, line 1: mount is neither rw nor ro: 'rx'", id="no flag"
        ),
        pytest.param(
            "/ - - rw rw 1 1 1 1\n/ - - rw rw 1 1 1 1", "filesystems, line 2: '/' is given twice", id="duplicate"
        ),
        pytest.param(
            "/a\x00 - - rw rw 1 1 1 1",
            "filesystems, line 1: mount point is not a clean name: '/a\\x00'",
            id="unclean name",
        ),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        filesystems.parse(text)

    assert error == str(raised.value)


def test_what_was_not_to_be_had_is_none() -> None:
    """A tree with the room alone has no mountinfo."""
    (only,) = filesystems.parse("/ - - - - 5 0 0 0").filesystems

    assert (
        Filesystem(
            mountpoint="/",
            device=None,
            type=None,
            mount_is_read_only=None,
            is_read_only=None,
            total_bytes=5,
            free_bytes=0,
            total_inodes=0,
            free_inodes=0,
        )
        == only
    )


def test_no_row_means_that_none_was_seen() -> None:
    """An empty list is a value: the node looked."""
    assert Filesystems(filesystems=()) == filesystems.parse("\n")
