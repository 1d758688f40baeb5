"""The real collection script at its limits: never over, never cut inside a line, and what went is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.capture_text import CaptureText, take_apart
from tests.fixtures.node_tree import NodeTree, add_daemons, add_pods

SUMMARY_CHARACTERS = 2_400
CAPTURE_CHARACTERS = 23_900


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> NodeTree:
    """Return a node with everything at once: 120 pods, long names, 60 images, 40 packet sockets, a full kernel log."""
    folder: Path = tmp_path_factory.mktemp("crowded")
    before = NodeTree(folder / "before", uptime_seconds=99_999_994.0)
    before.add_host()
    tree = NodeTree(folder / "node", uptime_seconds=99_999_999.0)
    tree.add_host(cpus=64, load="1234.56 1234.56 1234.56")
    add_daemons(tree)
    add_pods(tree, 120, images=60)
    image = "123456789012.dkr.ecr.ap-southeast-2.amazonaws.com/a-department/a-team/" + "long-" * 12 + "name:v1.2.3"
    packets = []
    for number in range(40):
        pod = tree.add_pod(f"{'a-very-long-name-' * 4}{number}", {"container": image}, namespace="n" * 60)
        tree.add_process(
            100_000 + number, "capture-process", pod=pod, container="container", open_sockets=[5000 + number]
        )
        tree.add_sockets(f"proc/{100_000 + number}/net", kernel_inode=4026)
        packets.append((16_777_216_000 + number, 5000 + number))
    tree.add_sockets("proc/net", kernel_inode=4026, packets=packets)
    texts = ("nf_conntrack: table full, " + "x" * 230, "INFO: task " + "y" * 200 + " blocked for more than 9 seconds")
    log = [f"[{99_999_000 + number}.5] {texts[number % 2]}\n" for number in range(60)]
    tree.write("log", "".join(log))
    tree.write("proc/vmstat", "pswpin 99999999\npswpout 99999999\npgmajfault 9999999\noom_kill 3\n")
    return tree


def _collect(tree: NodeTree, **extra: str) -> CaptureText:
    before = tree.root.parent / "before"
    log = tree.root / "log"
    run = tree.collect(
        KERNEL_LOG=str(log), FIRST_PROC_ROOT=str(before / "proc"), FIRST_SYS_ROOT=str(before / "sys"), **extra
    )

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout)


def test_everything_at_once_stays_within_both_limits(crowded: NodeTree, collect_awk: str) -> None:
    """The agent keeps 2,500 bytes in lists and 24,000 in all: what is longer would be cut by it, blindly."""
    capture = _collect(crowded, AWK=collect_awk)

    assert SUMMARY_CHARACTERS >= len(capture.summary) > SUMMARY_CHARACTERS - 200
    assert CAPTURE_CHARACTERS >= len(capture.text) > CAPTURE_CHARACTERS - 400
    assert "slab" not in capture.summary_end["triggers"]
    assert {"swap", "load", "kernel", "sockets", "budget"} <= set(capture.summary_end["triggers"].split(","))
    assert capture.summary_end["dropped"] == "images"
    assert len(capture.detail["images"][0].split()) == 62
    assert {"containers", "sockets"} <= set(capture.detail_end["dropped"].split(","))


@pytest.mark.parametrize("characters", [600, 700, 800, 1000, 1200, 1500, 1800, 2000, 2200, 2300, 2400, 3000])
def test_a_summary_of_any_size_is_whole_and_names_what_went(crowded: NodeTree, characters: int) -> None:
    """Whole sections go, those of the fixed size first come first served, and every kept line is a whole line."""
    whole = _collect(crowded, SUMMARY_CHARACTERS="20000")
    capture = _collect(crowded, SUMMARY_CHARACTERS=str(characters))
    dropped = set(capture.summary_end["dropped"].split(",")) - {"-"}

    assert characters >= len(capture.summary)
    assert whole.last.keys() | whole.first.keys() == capture.last.keys() | capture.first.keys() | dropped
    for name, lines in capture.last.items():
        assert set(lines) <= set(whole.last[name])


@pytest.mark.parametrize("characters", [2400, 3000, 4000, 6000, 9000, 15000, 23900])
def test_a_capture_of_any_size_is_whole_and_names_what_went(crowded: NodeTree, characters: int) -> None:
    """The detail gives up rows, the least important first."""
    whole = _collect(crowded, CAPTURE_CHARACTERS="900000")
    capture = _collect(crowded, CAPTURE_CHARACTERS=str(characters))
    dropped = set(capture.detail_end["dropped"].split(",")) - {"-"}

    assert characters + 200 * (characters == 2400) >= len(capture.text)
    assert {"-"} == {whole.detail_end["dropped"]}
    assert {name for name, lines in whole.detail.items() if capture.detail.get(name) != lines} == dropped
    for name, lines in capture.detail.items():
        assert set(lines) <= set(whole.detail[name])


def test_a_typical_full_node_fits_one_page_with_its_images(tmp_path: Path) -> None:
    """A healthy node with 110 pods and 25 images needs no detail."""
    tree = NodeTree(tmp_path)
    tree.add_host()
    add_daemons(tree)
    add_pods(tree, 110, images=25)
    tree.write("log", "[0.000000] Linux version 6.1.141\n")
    run = tree.collect(
        KERNEL_LOG=str(tree.root / "log"),
        FIRST_PROC_ROOT=str(tree.root / "proc"),
        FIRST_SYS_ROOT=str(tree.root / "sys"),
    )
    capture = take_apart(run.stdout)

    assert capture.summary_end == {"triggers": "-", "dropped": "-", "unreadable": "-"}
    assert len(capture.text) <= SUMMARY_CHARACTERS
    assert len(capture.last["images"][0].split()) == 26
