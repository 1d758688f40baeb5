"""``fleetscan node`` as a process: on this very machine, and on trees that hold a single file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

type Run = Callable[..., tuple[int, str, str]]
"""Takes arguments of the command line; returns its exit code, standard output and standard error."""

_MAIN = "import sys; from fleetscan.cli import main; sys.exit(main())"
_KIBIBYTE = 1024


@pytest.fixture
def fleetscan(tmp_path: Path) -> Run:
    """Return a function that runs the command with these arguments and gives its exit code, output and errors."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }

    def run(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-c", _MAIN, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=environment,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def _meminfo() -> dict[str, int]:
    lines = (line.split() for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    return {words[0].rstrip(":"): int(words[1]) * _KIBIBYTE for words in lines}


def _tree(root: Path, name: str, text: str) -> str:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    return str(root)


def test_this_machines_readings_are_what_proc_says(fleetscan: Run) -> None:
    """Totals to the byte; what changes by the second between what it was before and after, give or take a tenth."""
    before = _meminfo()
    code, output, errors = fleetscan("node", "--json", "--window", "1")
    reported = _meminfo()
    around = reported["MemTotal"] / 10
    readings = json.loads(output)["nodes"][0]["readings"]

    assert (code, errors) == (0, "")
    assert readings["memory_total_bytes"] == reported["MemTotal"]
    assert readings["swap_total_bytes"] == reported["SwapTotal"]
    assert readings["cpus"] == os.cpu_count()
    for reading, key in (("memory_available_bytes", "MemAvailable"), ("slab_unreclaimable_bytes", "SUnreclaim")):
        low, high = sorted((before[key], reported[key]))
        assert low - around <= readings[reading] <= high + around


def test_the_report_can_be_shown_again(fleetscan: Run, tmp_path: Path) -> None:
    """``report`` shows what ``node`` showed, word for word."""
    root = _tree(tmp_path / "box", "proc/loadavg", "0.08 0.13 0.09 1/112 17811\n")
    first = fleetscan("node", "--root", root)

    assert first[0] == 0
    assert first == fleetscan("report")


def test_a_tree_of_one_file_gives_that_reading_and_no_other(fleetscan: Run, tmp_path: Path) -> None:
    """What is not in the tree is unknown, not zero, and not this machine's."""
    root = _tree(tmp_path / "box", "proc/loadavg", "34.04 25.03 22.70 5/600 17811\n")

    code, output, errors = fleetscan("node", "--json", "--root", root)
    node = json.loads(output)["nodes"][0]

    assert (code, errors) == (0, "")
    assert {key: value for key, value in node["readings"].items() if value is not None} == {"load1": 34.04}
    assert node["instance_id"] == "box"
    assert node["condition"] == "unknown"
    assert "slab_unreclaimable_high" in node["skipped"]


def test_an_affected_tree_fails_a_pipeline_that_asks(fleetscan: Run, tmp_path: Path) -> None:
    """The incident's meminfo alone is enough for a critical finding, and ``--fail-on`` turns it into exit code 1."""
    megabytes = {"MemTotal": 3936, "MemFree": 86, "MemAvailable": 735, "Slab": 2194, "SReclaimable": 51}
    text = "".join(f"{key}: {value * 1024} kB\n" for key, value in (megabytes | {"SUnreclaim": 2143}).items())
    root = _tree(tmp_path / "box", "proc/meminfo", text)

    code, output, _ = fleetscan("node", "--root", root, "--fail-on", "critical")

    assert code == 1
    assert output.startswith("box is critical: ")
    assert "slab_unreclaimable_high" in output


def test_an_empty_tree_is_not_scanned(fleetscan: Run, tmp_path: Path) -> None:
    """Exit code 3, one line on standard error, nothing on standard output."""
    code, output, errors = fleetscan("node", "--root", str(tmp_path), "--json")

    assert (code, output, len(errors.splitlines())) == (3, "", 1)


def test_the_command_needs_no_aws(fleetscan: Run) -> None:
    """boto3 takes longer to import than a node takes to read; ``node`` never touches it, nor the simulator."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import fleetscan.cli.node"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}

    assert imported & {"boto3", "botocore", "moto", "simulator", "rich"} == set()
    assert fleetscan("--version")[0] == 0
