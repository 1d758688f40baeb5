"""Running a collection script here: what it is given, and what becomes of its problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetscan.capture import local
from fleetscan.errors import CaptureError
from fleetscan.model import Capture, CaptureStatus, Node

_PATH = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script that prints the variables that it was given."""
    path = tmp_path / "collect.sh"
    path.write_text("env | grep -E '_ROOT=|SECONDS=|KERNEL_LOG=|JOURNAL=|LC_ALL=|SECRET=' | sort\n")
    return path


def _tree(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x\n")
    return root


def test_this_machine_keeps_the_scripts_own_roots(script: Path) -> None:
    """Nothing but a locale and a search path reaches the script, whatever the caller's environment holds."""
    capture = local.collect(script=script, environment=_PATH | {"SECRET": "x", "PROC_ROOT": "/elsewhere"})

    assert (capture.status, capture.text) == (CaptureStatus.ANSWERED, "LC_ALL=C\n")


def test_a_tree_replaces_every_root(script: Path, tmp_path: Path) -> None:
    """A recorded node is not mixed with the machine that reads it: logs that are not there are not this machine's."""
    root = _tree(tmp_path / "node", "proc/loadavg")

    expected = (
        f"ETC_ROOT={root}/etc\nJOURNAL={root}/var/log/journal.txt\nKERNEL_LOG={root}/var/log/dmesg\nLC_ALL=C\n"
        f"LOG_ROOT={root}/var/log\nPROC_ROOT={root}/proc\nRUN_ROOT={root}/run\nSYS_ROOT={root}/sys\nWINDOW_SECONDS=0\n"
    )
    assert expected == local.collect(root, script=script, environment=_PATH).text


def test_two_samples_are_two_samples(script: Path, tmp_path: Path) -> None:
    """The first sample comes from t0, all else from t1; the kernel log may lie beside them."""
    root = _tree(tmp_path / "node", "t0/proc/meminfo", "t1/proc/meminfo", "dmesg")

    lines = local.collect(root, script=script, environment=_PATH, window_seconds=3).text.splitlines()

    expected = {
        f"FIRST_PROC_ROOT={root}/t0/proc",
        f"FIRST_SYS_ROOT={root}/t0/sys",
        f"PROC_ROOT={root}/t1/proc",
        f"KERNEL_LOG={root}/dmesg",
        "WINDOW_SECONDS=3",
    }
    assert expected == expected.intersection(lines)


@pytest.mark.parametrize(
    ("files", "words"),
    [((), "holds no recorded node"), (("meminfo",), "holds no recorded node")],
    ids=["empty", "flat"],
)
def test_a_directory_without_a_node_is_refused(
    files: tuple[str, ...], words: str, script: Path, tmp_path: Path
) -> None:
    """A wrong directory must not look like a node on which nothing could be read."""
    root = tmp_path / "node"
    root.mkdir()
    _tree(root, *files)

    with pytest.raises(CaptureError, match=words):
        local.collect(root, script=script, environment=_PATH)


def test_a_root_that_the_script_cannot_name_is_refused(script: Path, tmp_path: Path) -> None:
    """A quote in a path would end the path inside the script."""
    root = _tree(tmp_path / "it's", "proc/loadavg")

    with pytest.raises(CaptureError, match="holds a colon, a quote or a backslash"):
        local.collect(root, script=script, environment=_PATH)


@pytest.mark.parametrize(("tool", "environment"), [("sh", {"PATH": "/nowhere"}), ("no-awk", _PATH | {"AWK": "no-awk"})])
def test_a_missing_tool_is_named(tool: str, environment: dict[str, str], script: Path) -> None:
    """Without a shell or awk there is nothing to wait for."""
    with pytest.raises(CaptureError, match=f"needs {tool}, which is not on the PATH"):
        local.collect(script=script, environment=environment)


def test_a_script_that_fails_is_a_failed_capture(tmp_path: Path) -> None:
    """Its status and what it complained of are the reason."""
    script = tmp_path / "collect.sh"
    script.write_text("echo partly; echo 'no such thing' >&2; exit 4\n")

    capture = local.collect(_tree(tmp_path / "box", "proc/loadavg"), script=script, environment=_PATH)

    reason = "The collection script ended with status 4: no such thing"
    expected = Capture(node=Node(instance_id="box"), status=CaptureStatus.FAILED, text="partly\n", reason=reason)
    assert expected == capture


def test_a_script_that_hangs_is_a_timed_out_capture(tmp_path: Path) -> None:
    """The bound ends it; what it had printed by then is not believed."""
    script = tmp_path / "collect.sh"
    script.write_text("echo partly; exec sleep 60\n")

    capture = local.collect(
        _tree(tmp_path / "box", "proc/loadavg"), script=script, environment=_PATH, timeout_seconds=0.2
    )

    assert (capture.status, capture.text) == (CaptureStatus.TIMED_OUT, "")


def test_an_ec2_instance_is_known_by_its_firmware(script: Path, tmp_path: Path) -> None:
    """On EC2 the asset tag is the instance id and the product name its type; the host name comes from the tree."""
    root = tmp_path / "node"
    files = {
        "sys/class/dmi/id/board_asset_tag": "i-0123456789abcdef0\n",
        "sys/class/dmi/id/product_name": "t3a.medium\n",
        "etc/hostname": "ip-10-0-1-23.eu-west-1.compute.internal\n",
    }
    for name, text in files.items():
        _tree(root, name)
        (root / name).write_text(text)

    expected = Node(
        instance_id="i-0123456789abcdef0",
        instance_type="t3a.medium",
        private_dns_name="ip-10-0-1-23.eu-west-1.compute.internal",
    )
    assert expected == local.collect(root, script=script, environment=_PATH).node


def test_any_other_machine_is_known_by_its_host_name(script: Path, tmp_path: Path) -> None:
    """A tag that is no instance id, and a host name that is none, are not believed."""
    root = _tree(tmp_path / "box", "sys/class/dmi/id/board_asset_tag", "sys/class/dmi/id/product_name")
    (root / "etc").mkdir()
    (root / "etc/hostname").write_text("\x1b[31mevil\n")

    assert Node(instance_id="box") == local.collect(root, script=script, environment=_PATH).node


def test_the_projects_own_script_is_found() -> None:
    """In a working copy it lies in documents/, in an installed package beside the module."""
    assert local.script_path().read_text(encoding="utf-8").startswith("#!/bin/sh")
