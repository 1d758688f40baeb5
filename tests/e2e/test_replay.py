"""A scan of a simulated AWS that is saved, and judged again without it: the same report, also where it is redacted."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleetscan import cli
from fleetscan.cli.exit_code import ExitCode
from simulator.cluster import SimulatedAws
from simulator.demo import environment
from simulator.fleet import Fleet, load
from tests.compare_reports import differences


@pytest.fixture(autouse=True)
def somewhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where a page and a kept report may be written."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    """Run a command and return the report that it shows as JSON."""
    capsys.readouterr()
    assert cli.main([*map(str, arguments), "--json"]) == ExitCode.SCANNED
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def scan(fleet: Fleet, folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Scan a simulated fleet from a terminal."""
    has_kubernetes = "--kubernetes" in arguments
    with SimulatedAws(fleet, folder, has_kubernetes=has_kubernetes) as aws, environment(aws.environment):
        where = ["--region", fleet.region, "--endpoint-url", aws.endpoint_url]
        return shown(capsys, "scan", *where, *arguments)


def verdicts(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what a report says of its nodes without any name, in no order."""
    return sorted(
        (
            node["condition"],
            node["status"],
            sorted((one["rule"], one["severity"], one["cause"]) for one in node["findings"]),
            sorted(node["skipped"]),
        )
        for node in report["nodes"]
    )


@pytest.mark.parametrize(
    ("fleet", "arguments"),
    [("special", ("--timeout", "8")), ("incident", ("--kubernetes",))],
    ids=["nodes without an answer", "with Kubernetes"],
)
def test_what_was_saved_is_judged_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fleet: str, arguments: tuple[str, ...]
) -> None:
    """The whole report, but for durations."""
    saved = tmp_path / "saved"
    then = scan(load(fleet), tmp_path / "nodes", capsys, "--save", str(saved), *arguments)
    now = shown(capsys, "replay", saved)

    assert list(differences(then, now)) == []
    assert (now["scan_id"], now["started_at"]) == (then["scan_id"], then["started_at"])
    assert then["nodes"]
    assert bool(list(saved.glob("kubernetes/*/pods.json"))) is ("--kubernetes" in arguments)


def test_nothing_of_the_names_is_left_and_the_verdict_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever gets the folder learns what is wrong with the fleet, and not whose it is."""
    fleet, saved, redacted = load("incident"), tmp_path / "saved", tmp_path / "redacted"
    then = scan(fleet, tmp_path / "nodes", capsys, "--save", str(saved), "--kubernetes")
    now = shown(capsys, "replay", saved, "--redact", "--save", redacted)
    files = [one for one in redacted.rglob("*") if one.is_file()]
    written = "\n".join(f"{one.relative_to(redacted)}\n{one.read_text(encoding='utf-8')}" for one in files)
    written += json.dumps(now)
    names = {
        fleet.account,
        *(word for node in fleet.nodes for word in (node.instance_id, node.private_dns_name.partition(".")[0])),
        *_pods_of(saved),
        *("main-service", "weave-scope-agent", "scope-agent", "monitoring", "live"),
    }
    left = {name for name in names if re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", written)}

    assert left == set()
    assert verdicts(now) == verdicts(then)
    assert (
        now["fleet"]["culprits"][0]["image"]
        == then["fleet"]["culprits"][0]["image"]
        == "docker.io/weaveworks/scope:1.13.2"
    )
    assert len(now["kubernetes"]["stories"]) == len(then["kubernetes"]["stories"])
    assert "kube-system/aws-node" in written
    assert list(differences(now, shown(capsys, "replay", redacted))) == []


def test_a_scan_is_redacted_as_it_is_saved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one command; what the operator sees keeps its names."""
    fleet = replace(load("incident"), nodes=load("incident").nodes[:2])
    then = scan(fleet, tmp_path / "nodes", capsys, "--save", str(tmp_path / "saved"), "--redact")
    now = shown(capsys, "replay", tmp_path / "saved")

    assert verdicts(now) == verdicts(then)
    assert (then["account"], now["account"]) == (fleet.account, "100000000001")
    assert cli.main(["scan", "--redact"]) == ExitCode.USAGE
    assert "--redact needs --save DIR" in capsys.readouterr().err


def _pods_of(saved: Path) -> set[str]:
    """Return the names of the pods outside of kube-system, as the captures have them."""
    text = "\n".join(one.read_text() for one in saved.glob("captures/*.txt"))
    found = set(re.findall(r"(?<= )[a-z-]+/[a-z0-9-]+-[a-z0-9]{5}(?= )", text))
    return {one.partition("/")[2] for one in found if not one.startswith("kube-system/")}
