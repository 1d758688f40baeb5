"""The real collection script on network cards, the loopback interface, forwarding, and what one pod may log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.capture_text import CaptureText, take_apart
from tests.fixtures.node_tree import NodeTree

CARDS = {"lo": ("unknown", 0x9), "eth0": ("up", 0x1003), "eni3b7c1d2e4f5": ("down", 0x1002)}


def collect(tree: NodeTree, tmp_path: Path, cards: dict[str, tuple[str, int]], **extra: str) -> CaptureText:
    """Run the script on a tree with these interfaces, name -> state and flags."""
    before = NodeTree(tmp_path / "before", uptime_seconds=tree.uptime_seconds - 5)
    before.add_host()
    for name, (state, flags) in cards.items():
        tree.write(f"sys/class/net/{name}/operstate", f"{state}\n")
        tree.write(f"sys/class/net/{name}/flags", f"{flags:#x}\n")
    first = {"FIRST_PROC_ROOT": str(before.root / "proc"), "FIRST_SYS_ROOT": str(before.root / "sys")}
    run = tree.collect(**first, **extra)

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout)


@pytest.mark.parametrize(
    ("changed", "rows"),
    [
        ({}, ["read 2"]),
        ({"eth1": ("up", 0x1003), "ens6": ("unknown", 0x1043)}, ["read 2"]),
        (
            {"eth1": ("down", 0x1002), "enp0s6": ("lowerlayerdown", 0x1003)},
            ["enp0s6 link=lowerlayerdown", "eth1 link=disabled"],
        ),
        ({"lo": ("down", 0x8)}, ["read 2 loopback=disabled"]),
    ],
)
def test_a_card_without_a_link_is_printed(
    healthy_tree: NodeTree, tmp_path: Path, collect_awk: str, changed: dict[str, tuple[str, int]], rows: list[str]
) -> None:
    """What a pod has, and what is up, is not."""
    found = collect(healthy_tree, tmp_path, CARDS | changed, AWK=collect_awk).last["interfaces"]

    assert found == (rows if rows[0].startswith("read") else ["read 2", *rows])


def test_a_missing_loopback_interface_is_printed_where_others_are_seen(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """Without /sys nothing is said."""
    without = {name: card for name, card in CARDS.items() if name != "lo"}

    assert collect(healthy_tree, tmp_path, {}).last["interfaces"] == ["read 2"]
    assert collect(healthy_tree, tmp_path, without).last["interfaces"] == ["read 2 loopback=missing"]


@pytest.mark.parametrize(("value", "is_printed"), [("0\n", True), ("1\n", False), (None, False)])
def test_forwarding_is_printed_where_it_is_off(healthy_tree: NodeTree, value: str | None, *, is_printed: bool) -> None:
    """A recording without the file says nothing of it."""
    if value is not None:
        healthy_tree.write("proc/sys/net/ipv4/ip_forward", value)
    run = healthy_tree.collect()

    assert ("ip_forward 0" in take_apart(run.stdout).last["host"]) is is_printed


def test_crashes_and_failures_of_one_pod_hide_no_other_line(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """A pod may crash each second and fail to start: in a short summary the node's own lines come first."""
    at = healthy_tree.uptime_seconds
    crash = "loop[4711]: segfault at 0 ip 0000000000000000 sp 00007ffeaf0ff420 error 14 in a"
    log = [f"[{at - 900:.6f}] TCP: out of memory -- consider tuning tcp_mem"]
    log += [f"[{at - 60 + number:.6f}] {crash}" for number in range(50)]
    (tmp_path / "dmesg").write_text("".join(f"{line}\n" for line in log))
    pod = 'err="OCI runtime create failed: runc create failed: unable to start container process: can\'t"'
    journal = [pod, "mounting /var/x/etc-hosts to rootfs at /etc/hosts", pod]
    journal.append("PLEG is not healthy: pleg was last seen active 3m10.2s ago; threshold is 3m0s")
    (tmp_path / "journal").write_text("".join(f"{line}\n" for line in journal))
    logs = {"KERNEL_LOG": str(tmp_path / "dmesg"), "JOURNAL": str(tmp_path / "journal")}

    shown = [
        {row.split()[0] for section in ("kernel_log", "journal") for row in capture.last.get(section, [])} - {"read"}
        for characters in (*range(1_800, 2_800, 60), 20_000)
        if (capture := collect(healthy_tree, tmp_path, {}, SUMMARY_CHARACTERS=str(characters), **logs))
    ]

    assert [kinds for kinds in shown if "process_crashed" in kinds and "tcp_memory" not in kinds] == []
    assert [kinds for kinds in shown if "container_not_created" in kinds and "pleg" not in kinds] == []
    assert {"tcp_memory", "pleg"} in shown
    assert shown[-1] == {"tcp_memory", "process_crashed", "pleg", "container_not_created", "hosts_mount_failed"}
