"""The section ``sockets``."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from fleetscan.capture.procfs import sockets
from fleetscan.capture.procfs.sockets import Socket, Sockets
from fleetscan.errors import ParseError

TOTAL = "total count=9 rmem_bytes=9 netns_read=1 netns_failed=0\n"


def test_the_documented_sample_is_understood(documented: Callable[[ModuleType], str]) -> None:
    """Every number of the docstring's sample arrives, in its unit."""
    expected = Sockets(
        count=2,
        receive_queue_bytes=84410368,
        namespaces_read=14,
        namespaces_failed=0,
        sockets=(
            Socket(
                family="netlink",
                namespace="host",
                receive_queue_bytes=84410368,
                drops=81221,
                inode=3912771,
                pid=4242,
                command="scope",
                pod="weave/weave-scope-agent-x7k2p",
                container="scope-agent",
                image="weaveworks/scope:1.13.2",
            ),
            Socket(
                family="packet",
                namespace="0b1f9a4e-55d0-4d7e-8f57-3c1a2f0e9d11",
                receive_queue_bytes=0,
                drops=None,
                inode=4012771,
                pid=None,
                command=None,
                pod="live/tap-0",
                container=None,
                image=None,
            ),
        ),
    )

    assert expected == sockets.parse(documented(sockets))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("", "sockets: is empty", id="empty"),
        pytest.param(
            "netlink host 5 0 7 1 scope weave/scope-1 scope weaveworks/scope",
            "sockets, line 1: does not begin with total: 'netlink'",
            id="no total",
        ),
        pytest.param(
            "total count=1 rmem_bytes=1 netns_read=1", "sockets, line 1: netns_failed is missing", id="half a total"
        ),
        pytest.param(TOTAL + "packet host 5 0 7 1 scope", "sockets, line 2: pod is missing", id="not enough fields"),
        pytest.param(
            TOTAL + "netlink host 5 0 7 1 scope weave/scope-1 scope weaveworks/scope\n" * 2,
            "sockets, line 3: netlink socket 7 is given twice",
            id="the same socket again",
        ),
        pytest.param(
            TOTAL + "packet host 5 0 7 1 \x1b[2J - - -",
            r"sockets, line 2: command is not a clean name: '\x1b[2J'",
            id="unclean name",
        ),
        pytest.param(
            TOTAL + "packet host 5 0 7 1 scope - - " + "a" * 129,
            f"sockets, line 2: image is not a clean name: '{'a' * 40}...'",
            id="name too long",
        ),
        pytest.param(TOTAL + "netlink host 0 0 0 - - - - -\n" * 200, "sockets: more than 200 rows", id="too many rows"),
    ],
)
def test_a_broken_text_is_an_error_that_says_where(text: str, error: str) -> None:
    """What cannot be believed is refused with its place and reason."""
    with pytest.raises(ParseError) as raised:
        sockets.parse(text)

    assert error == str(raised.value)


def test_a_node_without_such_sockets_is_a_value() -> None:
    """None were found, and that is known."""
    expected = Sockets(count=0, receive_queue_bytes=0, namespaces_read=3, namespaces_failed=1, sockets=())

    assert expected == sockets.parse("total count=0 rmem_bytes=0 netns_read=3 netns_failed=1\n")


def test_sockets_of_the_kernel_share_the_inode_0() -> None:
    """They are not one socket listed twice."""
    text = TOTAL + "netlink host 5 0 0 - - - - -\nnetlink host 5 0 0 - - - - -\n"

    assert len(sockets.parse(text).sockets) == 2


def test_a_name_of_128_characters_is_believed() -> None:
    """The limit itself is allowed."""
    parsed = sockets.parse(TOTAL + "packet host 5 0 7 1 scope - - " + "a" * 128)

    assert [socket.image for socket in parsed.sockets] == ["a" * 128]
