"""The real collection script on unread TCP and UDP data: named where much of it waits, left alone where little does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.capture_text import CaptureText, take_apart
from tests.fixtures.node_tree import COLLECT, NodeTree

MIB = 1024 * 1024
HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
MUCH = "sockets: used 1312\nTCP: inuse 214 orphan 0 tw 88 alloc 431 mem 4000\nUDP: inuse 12 mem 96\n"
"""4,096 pages of 4 KiB are 16 MiB."""
LITTLE = MUCH.replace("mem 96", "mem 95")

UDP_HOLDER = """
import socket, sys
SO_RCVBUFFORCE = 33
unread = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
unread.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 * 1024 * 1024)
unread.bind(("127.0.0.1", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(30000):
    sender.sendto(b"x" * 900, unread.getsockname())
print(flush=True)
sys.stdin.read()
"""


def row(queue_bytes: int, inode: int, *, state: str = "01", drops: str = "") -> str:
    """Return a line of /proc/net/tcp, or with drops of /proc/net/udp."""
    return (
        f"   0: 0100007F:0CEA 0100007F:D2F0 {state} 00000000:{queue_bytes:08X} 00:00000000 00000000     0        0 "
        f"{inode} 2 00000000826bdb98 {drops or '20 4 30 10 -1'}\n"
    )


def collected(tree: NodeTree, **extra: str) -> CaptureText:
    """Run the script on the tree."""
    run = tree.collect(**extra)

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout)


@pytest.fixture
def busy_tree(healthy_tree: NodeTree) -> NodeTree:
    """Return a node on which a daemon does not read TCP and a pod, in its own namespace, does not read UDP."""
    healthy_tree.add_process(400, "backup", open_sockets=[901, 902])
    healthy_tree.write("proc/net/sockstat", MUCH)
    healthy_tree.write("proc/net/tcp", HEAD + row(12 * MIB, 901) + row(MIB - 1, 903) + row(5 * MIB, 904, state="0A"))
    healthy_tree.write("proc/net/tcp6", HEAD + row(MIB, 902))
    pod = healthy_tree.add_pod("statsd-0", {"statsd": "statsd:1"})
    healthy_tree.add_process(7100, "statsd", pod=pod, container="statsd", open_sockets=[905])
    healthy_tree.add_sockets("proc/7100/net", kernel_inode=60_001)
    healthy_tree.write("proc/7100/net/udp", HEAD + row(3 * MIB, 905, state="07", drops="812"))
    return healthy_tree


def test_whoever_does_not_read_tcp_or_udp_is_named(busy_tree: NodeTree, collect_awk: str) -> None:
    """From 1 MiB on, in every namespace; a listening socket's queue counts connections and is none."""
    capture = collected(busy_tree, AWK=collect_awk)
    head, *rows = capture.detail["sockets"]

    assert head == "total count=3 rmem_bytes=16777216 netns_read=12 netns_failed=0"
    assert [line.split(" ", 1)[0] for line in rows] == ["tcp", "udp", "tcp"]
    assert rows[0] == f"tcp host {12 * MIB} - 901 400 backup - - -"
    assert rows[1].split(" ", 2)[2] == f"{3 * MIB} 812 905 7100 statsd live/statsd-0 statsd statsd:1"
    assert rows[2] == f"tcp host {MIB} - 902 400 backup - - -"
    assert capture.summary_end["triggers"] == "sockets"


def test_below_16_mib_in_all_the_tables_are_not_read(busy_tree: NodeTree) -> None:
    """What the kernel counts for TCP and UDP together decides, before any long table is opened."""
    busy_tree.write("proc/net/sockstat", LITTLE)

    assert collected(busy_tree).last["sockets"] == ["total count=0 rmem_bytes=0 netns_read=12 netns_failed=0"]


def test_pages_are_the_nodes_own(busy_tree: NodeTree) -> None:
    """A sixteenth of the pages is as much where they have 64 KiB."""
    busy_tree.write("proc/net/sockstat", MUCH.replace("4000", "250").replace("mem 96", "mem 6"))

    assert collected(busy_tree, PAGE_BYTES="65536").detail["sockets"][0].startswith("total count=3 ")


def test_a_fast_download_triggers_no_detail(busy_tree: NodeTree) -> None:
    """1 MiB of TCP unread for a moment is not yet a socket that nobody reads."""
    busy_tree.write("proc/net/tcp", HEAD)
    busy_tree.write("proc/7100/net/udp", HEAD)
    capture = collected(busy_tree)

    assert capture.last["sockets"][0] == f"total count=1 rmem_bytes={MIB} netns_read=12 netns_failed=0"
    assert capture.summary_end["triggers"] == "-"


def test_damaged_tables_forge_nothing(busy_tree: NodeTree) -> None:
    """Short lines, words for numbers and sockets of nobody are left out."""
    busy_tree.write("proc/net/tcp6", HEAD + "   0: a b 01 00000000:7FFFFFFF\n" + row(MIB, 0))
    busy_tree.write("proc/net/tcp", HEAD + row(MIB, 901).replace(" 901 ", " x;y "))
    busy_tree.write("proc/7100/net/udp", "\x1b[31m\n")

    assert collected(busy_tree).last["sockets"] == ["total count=0 rmem_bytes=0 netns_read=12 netns_failed=0"]


@pytest.fixture
def unread_udp() -> Iterator[int]:
    """Return the pid of a process that lets some 40 MiB of real datagrams wait."""
    holder = subprocess.Popen([sys.executable, "-c", UDP_HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        if not holder.stdout.readline():
            pytest.skip("this machine lets nobody force a receive buffer (CAP_NET_ADMIN)")
        yield holder.pid
    finally:
        holder.communicate(b"", timeout=20)


@pytest.mark.skipif(not Path("/proc/net/udp").exists(), reason="this machine has no Linux /proc")
def test_a_real_process_that_does_not_read_is_named(unread_udp: int) -> None:
    """The kernel's own table, the kernel's own count, and the pid."""
    run = subprocess.run(
        ["sh", str(COLLECT)],
        env={"PATH": os.environ["PATH"], "WINDOW_SECONDS": "0"},
        capture_output=True,
        check=False,
        timeout=120,
    )
    rows = [line.split() for line in take_apart(run.stdout).detail["sockets"]]
    held = [int(words[2]) for words in rows if words[0] == "udp" and words[5] == str(unread_udp)]

    assert len(held) == 1
    assert held[0] > 16 * MIB
