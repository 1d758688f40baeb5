"""The wheel in an environment that has what requirements/demo.txt pins and nothing else, far from the working copy."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fleetscan.cli.exit_code import ExitCode
from functions.scan import app
from simulator import demo
from simulator.account import BUCKET_NAME, TABLE_NAME
from simulator.cluster import SimulatedAws
from simulator.fleet import load
from tests.fixtures.wheel import REQUIREMENTS, ROOT, build_wheel, environment_with, install, pins, size_bytes

PROJECT = ROOT / "pyproject.toml"
MOST_BYTES = 300 * 1000**2
"""Python compiles some 20 MB of it as it is imported, by pip or later."""
SECONDS = 60.0
AFFECTED = "i-0a41c7e29d5f3b618"
EXTRA = "demo"
COMMANDS = ("demo", "node", "scan", "report", "explain pod", "thresholds list", "thresholds check", "mute add")


class Installed:
    """The program of one environment, run in a folder where nothing of the project lies."""

    def __init__(self, programs: Path, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.programs = programs
        self.folder = folder
        self._variables = {"PATH": os.environ["PATH"], "HOME": str(folder), **(variables or {})}

    def __call__(self, *arguments: str, expected: ExitCode = ExitCode.SCANNED) -> str:
        """Run it and return what it printed: the report, or what it said where it could not make one."""
        command = [str(self.programs / "fleetscan"), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self._variables, capture_output=True, text=True, timeout=180, check=False
        )
        if done.returncode != expected:
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stderr}")
        return done.stdout or done.stderr

    def json(self, *arguments: str, expected: ExitCode = ExitCode.SCANNED) -> Any:  # noqa: ANN401  # a report is a tree
        """Run it with ``--json`` and return what it printed."""
        return json.loads(self(*arguments, "--json", expected=expected))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this working copy."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Provide the program that `pip install 'fleetscan.whl[demo]'` makes."""
    folder = tmp_path_factory.mktemp("installed")
    programs = environment_with(folder / "environment", pins(REQUIREMENTS / "demo.txt"))
    install(programs, wheel, extra=f"[{EXTRA}]")
    # In memory where there is some: a fleet that is kept has thousands of small files.
    with tempfile.TemporaryDirectory(prefix="fleetscan-elsewhere-", dir=demo.quick_place()) as elsewhere:
        yield Installed(programs, Path(elsewhere))


def test_the_demo_and_what_may_be_asked_after_it(installed: Installed) -> None:
    """16 nodes and the three affected ones; the page; the kept report, a pod's end and a node's tree once more."""
    found = installed.json("demo", "--keep", "kept", "--fail-on", "critical", expected=ExitCode.FOUND)
    again = installed.json("report")
    explained = installed.json("explain", "pod", "live/main-service")
    node = installed.json("node", "--root", f"kept/before/{AFFECTED}/tree")

    assert found["fleet"]["counts"]["nodes"] == 16
    assert found["fleet"]["counts"]["by_severity"]["critical"] == 3
    assert (installed.folder / "report.html").read_text().startswith("<!doctype html>")
    assert again == found
    assert explained["stories"] == found["kubernetes"]["stories"] != []
    assert "slab_cache_dominant" in {finding["rule"] for finding in node["nodes"][0]["findings"]}


def test_what_needs_no_account(installed: Installed) -> None:
    """Each command's help, the version, this machine, the thresholds; all in at most 300 MB."""
    usages = [installed(*command.split(), "--help").partition(" [")[0] for command in COMMANDS]
    here = installed.json("node", "--window", "0")

    assert usages == [f"usage: fleetscan {command}" for command in COMMANDS]
    assert 50 * 1000**2 < size_bytes(installed.programs) <= MOST_BYTES
    assert installed("--version") == f"fleetscan {tomllib.loads(PROJECT.read_text())['project']['version']}\n"
    assert [node["status"] for node in here["nodes"]] == ["answered"]
    assert "slab_growing" in installed("thresholds", "list")
    assert installed("thresholds", "check", "load_high.warning_per_cpu=3")


def test_what_needs_an_account(installed: Installed, tmp_path: Path) -> None:
    """A scan, the stack's report, a pod's end and the mute list, against a simulated account with one affected node."""
    fleet = load("incident")
    fleet = replace(fleet, nodes=tuple(node for node in fleet.nodes if node.instance_id == AFFECTED))
    with SimulatedAws(fleet, tmp_path / "nodes", window_seconds=1) as aws, demo.environment(aws.environment):
        stored = app.run(time.time() + SECONDS, account=fleet.account)
        access = {name: value for name, value in aws.environment.items() if name.startswith("AWS_")}
        outside = Installed(installed.programs, installed.folder, access)
        scanned = outside.json("scan", "--region", fleet.region)
        shown = outside.json("report", "--bucket", BUCKET_NAME)
        book = ("--table", TABLE_NAME)
        nothing = outside("explain", "pod", "live/nobody", *book, expected=ExitCode.NOTHING_SCANNED)
        said = [
            outside("mute", "add", "--rule", "load_high", "--until", "1d", "--why", "known", "--id", "one", *book),
            outside("mute", "list", *book),
            outside("mute", "remove", "one", *book),
        ]

    assert [node["instance_id"] for node in scanned["nodes"]] == [AFFECTED]
    assert shown["scan_id"] == stored.scan_id
    assert "nothing is known" in nothing.lower()
    assert ["load_high" in words for words in said] == [True, True, False]
    assert said[2] == "removed one\n"


def test_without_the_extra_all_but_the_demo_works_and_the_demo_says_what_it_needs(wheel: Path, tmp_path: Path) -> None:
    """What only the extra brings is missing; one line says how to get it."""
    declared = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"][EXTRA]
    missing = {canonicalize_name(Requirement(each).name) for each in declared} - {"pyyaml"}  # lightkube's too
    programs = environment_with(tmp_path / "environment", pins(REQUIREMENTS / "demo.txt"), without=missing)
    install(programs, wheel)
    bare = Installed(programs, tmp_path)

    assert [node["status"] for node in bare.json("node", "--window", "0")["nodes"]] == ["answered"]
    assert bare("demo", expected=ExitCode.NOTHING_SCANNED) == (
        "fleetscan: The demo needs what `fleetscan[demo]` installs; in a working copy `make demo` sees to it: "
        "No module named 'aws_lambda_powertools'.\n"
    )
