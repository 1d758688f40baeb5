"""What the real script prints is what the parsers understand: both ends of the capture format, joined."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetscan.capture import parse
from fleetscan.capture.procfs import SOURCES
from fleetscan.model import Capture, CaptureStatus, Coverage, Node, Window
from tests.fixtures.node_tree import NodeTree, Pod


def _read(tree: NodeTree, **extra: str) -> tuple[Window, Coverage]:
    text = tree.collect(**extra).stdout.decode("ascii")
    return parse.read(Capture(node=Node(instance_id="i-0"), status=CaptureStatus.ANSWERED, text=text))


def _complete(tree: NodeTree, folder: Path) -> dict[str, str]:
    """Add what a node does not always have, and return the settings that show it."""
    tree.add_process(5150, "java", open_sockets=range(100, 240))
    tree.add_process(6000, "sh", state="Z", parent=5150, virtual_bytes=0, resident_pages=0)
    tree.add_process(6001, "postgres", state="D")
    tree.write("proc/spl/kstat/zfs/arcstats", "13 1 0x01\nname type data\nsize 4 912381231\n")
    log = folder / "kernel.log"
    log.write_text(
        "[1186300.0] TCP: out of memory -- consider tuning tcp_mem\n"
        "Nov 24 03:15:01 host kernel: EXT4-fs (nvme0n1p1): Remounting filesystem read-only\n"
    )
    before = NodeTree(folder / "before", uptime_seconds=tree.uptime_seconds - 5)
    before.add_host()
    journal = folder / "journal.txt"
    journal.write_text('E0413 10:53:57.845163    3263 kubelet.go:2055] "Skipping" err="PLEG is not healthy"\n')
    return {
        "JOURNAL": str(journal),
        "KERNEL_LOG": str(log),
        "FIRST_PROC_ROOT": str(before.root / "proc"),
        "FIRST_SYS_ROOT": str(before.root / "sys"),
    }


def test_every_source_is_collected_and_understood(healthy_tree: NodeTree, scope_pod: Pod, tmp_path: Path) -> None:
    """With everything on a node and every detail asked for there is not one source that the script does not bring."""
    window, coverage = _read(healthy_tree, DETAIL="1", **_complete(healthy_tree, tmp_path))

    assert scope_pod.title == "weave/weave-scope-agent-x7k2p"
    assert coverage.problems == ()
    assert [source.section for source in SOURCES if source.type not in window.last] == []
    assert [source.section for source in SOURCES if source.sampled_twice and source.type not in window.first] == []
    assert window.seconds == pytest.approx(5.0)


def test_a_summary_alone_is_understood(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """A healthy node's one page has no section that its parser refuses."""
    healthy_tree.write("log", "[0.000000] Linux version 6.1.141\n")
    before = NodeTree(tmp_path / "before", uptime_seconds=healthy_tree.uptime_seconds - 5)
    before.add_host()
    _, coverage = _read(
        healthy_tree,
        KERNEL_LOG=str(healthy_tree.root / "log"),
        FIRST_PROC_ROOT=str(before.root / "proc"),
        FIRST_SYS_ROOT=str(before.root / "sys"),
    )

    assert coverage.problems == ()
