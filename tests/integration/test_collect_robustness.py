"""The real collection script where things are missing, hostile or hang: a valid capture, exit 0, silence on stderr."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.capture_text import CaptureText, take_apart
from tests.fixtures.node_tree import COLLECT, MEMINFO, PACKET_HEAD, NodeTree, add_pods


def _collect(tree: NodeTree, **extra: str) -> CaptureText:
    run = tree.collect(**extra)

    assert (run.returncode, run.stderr) == (0, b"")
    return take_apart(run.stdout)


def test_a_tree_with_one_file_gives_one_section(empty_tree: NodeTree, collect_awk: str) -> None:
    """What is not there was not collected: no section, and surely no zero."""
    empty_tree.write("proc/meminfo", MEMINFO)
    capture = _collect(empty_tree, AWK=collect_awk)

    assert (list(capture.first), list(capture.last), list(capture.detail)) == ([], ["meminfo"], [])
    assert capture.summary_end == {"triggers": "-", "dropped": "-", "unreadable": "-"}


def test_a_tree_with_nothing_is_a_capture_with_nothing(empty_tree: NodeTree, collect_awk: str) -> None:
    """Not even a root that exists is needed."""
    run = empty_tree.collect(AWK=collect_awk)

    assert run.stdout == (b"fleetscan-capture 2\n@first\n@last\n@end summary triggers=- dropped=- unreadable=-\n")


@pytest.mark.parametrize("path", ["proc/loadavg", "proc/slabinfo", "proc/net/packet", "proc/sys/fs/file-nr"])
def test_any_single_file_is_enough(healthy_tree: NodeTree, tmp_path: Path, path: str) -> None:
    """A case that publishes one file can be read."""
    single = NodeTree(tmp_path / "single")
    single.write(path, (healthy_tree.root / path).read_bytes())
    names = {"proc/net/packet": "sockets", "proc/sys/fs/file-nr": "file_nr"}

    assert {names.get(path, Path(path).name)} == _collect(single).last.keys()


def test_without_pressure_files_there_is_no_such_section(healthy_tree: NodeTree, collect_awk: str) -> None:
    """Kernels before 4.20: not there is not unreadable."""
    shutil.rmtree(healthy_tree.root / "proc/pressure")
    capture = _collect(healthy_tree, AWK=collect_awk)

    assert (capture.summary_end["unreadable"], "pressure" in capture.last) == ("-", False)


def test_pressure_that_is_switched_off_is_unreadable(healthy_tree: NodeTree, collect_awk: str) -> None:
    """With psi=0 the files open and every read(2) fails, as it does for a directory: mawk would end at that."""
    for name in ("memory", "cpu", "io"):
        (healthy_tree.root / "proc/pressure" / name).unlink()
        (healthy_tree.root / "proc/pressure" / name).mkdir()
    capture = _collect(healthy_tree, AWK=collect_awk)

    assert (capture.summary_end["unreadable"], "pressure" in capture.last) == ("pressure", False)
    assert "meminfo" in capture.last


def test_slabinfo_that_cannot_be_read_is_unreadable(healthy_tree: NodeTree, collect_awk: str) -> None:
    """Not root, or a kernel that locks itself down: there is a file and nothing comes out of it."""
    (healthy_tree.root / "proc/slabinfo").unlink()
    (healthy_tree.root / "proc/slabinfo").mkdir()
    capture = _collect(healthy_tree, AWK=collect_awk)

    assert (capture.summary_end["unreadable"], "slabinfo" in capture.last) == ("slabinfo", False)


def test_processes_that_end_while_they_are_read_are_left_out(healthy_tree: NodeTree, collect_awk: str) -> None:
    """A file that fails at read(2), and one that is gone: the others are still counted."""
    (healthy_tree.root / "proc/812/stat").unlink()
    (healthy_tree.root / "proc/913/stat").unlink()
    (healthy_tree.root / "proc/913/stat").mkdir()
    capture = _collect(healthy_tree, AWK=collect_awk)

    assert "services" not in capture.last
    assert capture.last["tasks"][1] == "threads 67"


HOSTILE = (
    b"a\nb",
    b"\n@end summary t",
    b") S 1 1 1 1 (",
    b"x' ; touch y '",
    b'"$(id)`id`',
    b"\x1b[2J\xff\xfe\xc3",
    b"{{ x }}",
    b"99 (kubelet) S",
    b"\n1 (kubelet) S",
    b"-v P=/ \\",
    b"",
    b" ",
)


def test_no_command_can_forge_a_line(healthy_tree: NodeTree, collect_shell: tuple[str, ...], collect_awk: str) -> None:
    """Newlines, escapes, quotes, end marks and bytes that are no text, in the names of processes with everything on."""
    for number, command in enumerate(HOSTILE):
        pid = 8000 + number
        healthy_tree.add_process(pid, command, resident_pages=20_000, open_sockets=[9000 + number])
    packets = [(2_000_000, 9000 + number) for number in range(len(HOSTILE))]
    healthy_tree.add_sockets("proc/net", kernel_inode=4026, packets=packets)
    run = healthy_tree.collect(shell=collect_shell, AWK=collect_awk, DETAIL="1")
    capture = take_apart(run.stdout)
    text = run.stdout.decode("ascii")

    assert [character for character in set(text) if not (character.isprintable() or character == "\n")] == []
    assert (text.count("\n@end summary "), text.count("\n@end detail ")) == (1, 1)
    assert capture.strays == []
    owners = {row.split()[5]: row.split()[6] for row in capture.detail["sockets"][1:]}
    assert owners == {
        "8000": "a_b",
        "8001": "_@end_summary_t",
        "8002": "__S_1_1_1_1__",
        "8003": "x____touch_y__",
        "8004": "___id__id_",
        "8005": "__2J___",
        "8006": "___x___",
        "8007": "99__kubelet__S",
        "8008": "_1__kubelet__S",
        "8009": "-v_P=/__",
        "8010": "-",
        "8011": "_",
    }
    assert "kubelet pid=913 " in capture.last["services"][0]


def test_no_pod_or_image_can_forge_a_line_or_run_a_command(healthy_tree: NodeTree, collect_awk: str) -> None:
    """Names of pods, containers and images are cleaned like all others."""
    pod = healthy_tree.add_pod("evil-0", {"app": "x\n@end summary triggers=- $(touch /tmp/x)"}, has_logs=False)
    healthy_tree.add_process(8100, "app", pod=pod, container="app")
    containers = _collect(healthy_tree, AWK=collect_awk, DETAIL="1").detail["containers"]

    assert f"{pod.containers['app'][:12]} live/evil-0 app x_n@end_summary_triggers=-___touch_/tmp/x_" in containers


def test_processes_beyond_the_limit_are_counted_and_not_read(healthy_tree: NodeTree, collect_awk: str) -> None:
    """That it is not all of them is said; how many threads there are, loadavg knows."""
    for pid in range(10_000, 10_200):
        healthy_tree.add_process(pid, "sleep", virtual_bytes=1000, resident_pages=100)
    whole = _collect(healthy_tree, AWK=collect_awk)
    small = _collect(healthy_tree, AWK=collect_awk, PROCESS_LIMIT="50")

    assert (whole.summary_end["dropped"], small.summary_end["dropped"]) == ("-", "tasks")
    assert whole.last["tasks"][0] == small.last["tasks"][0]
    assert small.last["tasks"][1] == "threads 812"
    assert (whole.last["tasks"][-1], small.last["tasks"][-1]) == ("uninterruptible 0", "read 50")


def test_of_too_many_processes_those_with_the_lowest_pids_are_read(healthy_tree: NodeTree, collect_awk: str) -> None:
    """What keeps a node alive was started first; sh lists them as text, where 10000 comes before 812."""
    for pid in range(10_000, 10_200):
        healthy_tree.add_process(pid, "sleep", virtual_bytes=1000, resident_pages=100)
    whole = _collect(healthy_tree, AWK=collect_awk)
    small = _collect(healthy_tree, AWK=collect_awk, PROCESS_LIMIT="50")

    assert [line.split()[0] for line in small.last["services"]] == ["kubelet", "containerd"]
    assert small.last["services"] == whole.last["services"]


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """Return a folder in memory: six thousand processes are twenty-four thousand files."""
    folder = Path("/dev/shm") / f"fleetscan-test-{os.getpid()}"  # noqa: S108 - made and removed by this test alone
    if not folder.parent.is_dir():
        pytest.skip("there is no /dev/shm")
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def test_six_thousand_processes_are_bounded_by_the_limit_that_is_set(memory_folder: Path) -> None:
    """Five thousand are read, and all are counted."""
    tree = NodeTree(memory_folder / "node")
    tree.add_host()
    add_pods(tree, 5)
    for pid in range(10_000, 16_000):
        tree.add_process(pid, "sleep", virtual_bytes=1000, resident_pages=100)
    capture = _collect(tree)

    assert capture.summary_end["dropped"] == "tasks"
    assert capture.last["tasks"][:2] == ["processes 6023", "threads 812"]


def test_a_missing_awk_is_reported_and_not_complained_about(healthy_tree: NodeTree) -> None:
    """No end line, so the reader takes it for truncated; the reason stands there for the operator."""
    run = healthy_tree.collect(AWK="/nonexistent/awk")

    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout == b"fleetscan-capture 2\n\n@failed\nawk ended with code 127\n"


def test_an_awk_that_dies_leaves_a_capture_without_its_end(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """Whatever was printed before can still be read; the missing end line says that it is not all."""
    fake = tmp_path / "dying-awk"
    fake.write_text("#!/bin/sh\necho @first\necho @last\nprintf @mem\nkill -9 $$\n")
    fake.chmod(0o755)
    run = healthy_tree.collect(AWK=str(fake))

    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout == b"fleetscan-capture 2\n@first\n@last\n@mem\n@failed\nawk ended with code 137\n"


def test_a_root_that_could_end_a_command_is_refused(healthy_tree: NodeTree) -> None:
    """Only roots are put into commands unchecked, so a quote in one is not accepted."""
    run = healthy_tree.collect(RUN_ROOT="/run'; touch /tmp/x; '")

    assert run.stdout == b"fleetscan-capture 2\n@failed\na root holds a colon, a quote or a backslash\n"


@pytest.mark.parametrize("value", ["", "x", "-5", "1e9", "99999999999999999999"])
def test_nonsense_settings_fall_back_to_defaults(healthy_tree: NodeTree, value: str) -> None:
    """A wrong number must not cost the capture."""
    run = healthy_tree.collect(
        PROCESS_LIMIT=value, SUMMARY_CHARACTERS=value, CAPTURE_CHARACTERS=value, PAGE_BYTES=value
    )

    assert healthy_tree.collect().stdout == run.stdout


def test_closed_input_and_missing_tools_do_no_harm(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """With grep, awk and sleep alone everything is there but the owners of sockets, which need ls."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("awk", "grep", "sleep"):
        found = shutil.which(name)

        assert found is not None
        (tools / name).symlink_to(found)
    script = tmp_path / "collect.sh"
    script.write_text(
        COLLECT.read_text().replace("PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin:$PATH", f"PATH={tools}")
    )
    run = subprocess.run(
        ["/bin/sh", "-c", f"exec /bin/sh {script} <&-"],
        env=healthy_tree.environment(),
        capture_output=True,
        check=False,
    )

    assert (0, b"", healthy_tree.collect().stdout) == (run.returncode, run.stderr, run.stdout)


def test_recorded_trees_never_touch_this_machine(healthy_tree: NodeTree, tmp_path: Path) -> None:
    """No file is written anywhere, and of /proc nothing but the tree's is opened by the script's own doing."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    run = subprocess.run(
        [strace, "-f", "-qq", "-e", "trace=open,openat,creat,unlink,unlinkat,rename,mkdir,mkdirat", "-o", str(trace),
         "sh", str(COLLECT)],
        env=healthy_tree.environment(DETAIL="1"), capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    if not trace.exists() or b"@end" not in run.stdout:
        pytest.skip("strace cannot trace here")
    writes = [
        line
        for line in trace.read_text(errors="replace").splitlines()
        if any(word in line for word in ("O_WRONLY", "O_RDWR", "O_CREAT", "creat(", "unlink", "rename", "mkdir"))
        and "/dev/null" not in line
        and "/dev/tty" not in line
    ]

    assert writes == []
    assert PACKET_HEAD.encode() not in run.stdout
