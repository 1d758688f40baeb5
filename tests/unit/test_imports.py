"""Each import contract fails in a copy of the tree that breaks it; that they hold over the tree is `make imports`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "fleetscan": Path("layers/fleetscan/fleetscan"),
    "functions": Path("functions"),
    "simulator": Path("simulator"),
}


@dataclass(frozen=True, slots=True)
class Breach:
    """An import that no contract may let through."""

    importer: str
    imported: str

    @property
    def file(self) -> Path:
        """Where it is written."""
        package, _, module = self.importer.partition(".")
        place = PACKAGES[package].joinpath(*module.split("."))
        return place / "__init__.py" if (ROOT / place).is_dir() else place.with_suffix(".py")


NEW = "fleetscan.novelty"
"""A module that no contract names."""

BREACHES = [
    # boto3 outside aws/
    Breach("fleetscan.scan.credit_cache", "boto3"),
    Breach("fleetscan.fanout.plan", "boto3"),
    Breach("fleetscan.bootstrap.claims", "boto3"),
    Breach("fleetscan.ports", "boto3"),
    Breach("fleetscan.cli.errors", "botocore"),
    Breach(NEW, "botocore"),
    Breach("functions.fanout.plan", "boto3"),
    Breach("functions.widget.app", "botocore"),
    # other libraries outside their homes
    Breach("fleetscan.scan.cluster_evidence", "lightkube"),
    Breach("functions.slack.app", "slack_sdk"),
    Breach("fleetscan.render.message.slack", "slack_sdk"),
    Breach("fleetscan.render.text.page", "rich"),
    Breach("fleetscan.model.target", "msgspec"),
    Breach("fleetscan.scan.publish", "aws_lambda_powertools"),
    Breach("fleetscan.cli.scan", "simulator.fleet"),
    Breach("functions.scan.app", "simulator.fleet"),
    # adapters that know more than their ports
    Breach("fleetscan.aws.ec2", "fleetscan.settings"),
    Breach("fleetscan.aws.sns", "fleetscan.render.message.sns"),
    Breach("fleetscan.aws.dynamodb.node_history", "fleetscan.diagnosis.history"),
    Breach("fleetscan.kubernetes.reader", "fleetscan.diagnosis.rules"),
    Breach("fleetscan.kubernetes.node", NEW),
    Breach("fleetscan.slack.posts", "fleetscan.render.text.report"),
    Breach("fleetscan.slack.bot", "fleetscan.aws.clients"),
    Breach("fleetscan.fanout.gather", "fleetscan.incidents.tracker"),
    # adapters wired outside the composition root
    Breach("functions.scan.app", "fleetscan.aws.ec2"),
    Breach("fleetscan.cli.mute", "fleetscan.aws.clients"),
    Breach("fleetscan.scan.pipeline", "fleetscan.aws.s3"),
    # against the stream
    Breach("fleetscan.model.part", "fleetscan.diagnosis.rule"),
    Breach("fleetscan.incidents.mute", "fleetscan.fleet.workload"),
    Breach("fleetscan.scan.metrics", "fleetscan.bootstrap.claims"),
    Breach("fleetscan.bootstrap.hub", "functions.scan.app"),
    # twins
    Breach("fleetscan.diagnosis.rules.load_high", "fleetscan.diagnosis.rules.zombies_many"),
    Breach("fleetscan.capture.procfs.loadavg", "fleetscan.capture.procfs.uptime"),
]


def linted(tree: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts over a tree, and over nothing else.

    Without ``site`` (-S): what it would add of the working copy is a part of the same namespace packages.
    """
    found = [tree / PACKAGES["fleetscan"].parent, tree, sysconfig.get_path("purelib")]
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-S", "-c", lint, "--no-cache", "--no-logo"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, found)), "COLUMNS": "1000", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.CompletedProcess[str]]:
    """Check a copy of the tree with every breach in it."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for folder in PACKAGES.values():
        for file in (ROOT / folder).rglob("*.py"):
            copy = tree / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    for breach in BREACHES:
        with (tree / breach.file).open("a", encoding="utf-8") as text:
            text.write(f"\nimport {breach.imported}\n")
    yield linted(tree)
    shutil.rmtree(tree)


@pytest.mark.parametrize("breach", BREACHES, ids=lambda one: f"{one.importer} -> {one.imported}")
def test_a_breach_is_found(broken: subprocess.CompletedProcess[str], breach: Breach) -> None:
    """With its place."""
    assert broken.returncode == 1
    pair = rf"{re.escape(breach.importer)} -> {re.escape(breach.imported)} \(l\."
    assert re.search(rf"^ *-? *{pair}", broken.stdout, re.MULTILINE)


def test_a_new_module_that_no_layer_knows_is_found(broken: subprocess.CompletedProcess[str]) -> None:
    """So nobody can add a package without saying what it may import."""
    assert f"The following modules are not listed as layers:\n\n- {NEW}\n" in broken.stdout
