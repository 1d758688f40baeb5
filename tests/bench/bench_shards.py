"""A Region beyond one function: ``python tests/bench/bench_shards.py``.

A simulated AWS with 50,000 nodes of one account and Region, with the throttling that one account has; ten functions,
each a process that looks at its shard as the fan-out's second step does; and the conclusion over all of them. What the
state machine adds, and the roles that it assumes, is in the tests (tests/e2e/test_fanout_simulated.py).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench import reference
from tests.bench.crowd_client import crowd_server
from tests.bench.spent import spent

if TYPE_CHECKING:
    from fleetscan.model.target import Target

ACCOUNT = "123456789012"
TIME_LIMIT_SECONDS = 840.0
"""A function may take 900 s, less a margin."""
SSM = ("ssm:DescribeInstanceInformation", "ssm:SendCommand", "ssm:ListCommands", "ssm:ListCommandInvocations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """What one process measured."""

    nodes: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    ratio: float
    """CPU time a node, times the reference (tests/bench/reference.py)."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Scan a simulated Region in shards.")
    parser.add_argument("--nodes", type=int, default=50_000)
    parser.add_argument("--shards", type=int, default=10)
    parser.add_argument("--shard", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.file:
        _put(_look(options.shard, options.shards, options.file))
        return 0
    with tempfile.TemporaryDirectory(prefix="fleetscan-bench-") as name, crowd_server(options.nodes) as server:
        began = time.monotonic()
        files = [Path(name) / str(shard) for shard in range(options.shards)]
        shards = _all(files, server.environment)
        looked_seconds = time.monotonic() - began
        calls = server.calls()
        # In a process of its own, for its memory is measured.
        concluded = json.loads(_child("--shards", str(options.shards), "--file", name).communicate()[0])
    _print(options.nodes, shards, looked_seconds, Counter(calls), concluded)
    return 0


def _all(files: Sequence[Path], environment: Any) -> list[Shard]:  # noqa: ANN401 - what a process is started with
    children = [
        _child("--shard", str(shard), "--shards", str(len(files)), "--file", str(file), environment=environment)
        for shard, file in enumerate(files)
    ]
    answers = [child.communicate()[0] for child in children]
    return [Shard(**json.loads(answer.splitlines()[-1])) for answer in answers]


def _child(*arguments: str, environment: Any = None) -> subprocess.Popen[str]:  # noqa: ANN401 - same
    return subprocess.Popen(
        [sys.executable, str(Path(__file__)), *arguments],
        env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _look(shard: int, shards: int, file: Path) -> dict[str, Any]:
    """Look at one shard, or conclude over all of them where none is named."""
    if shard < 0:
        return _conclude(shards, file)
    from fleetscan import settings  # noqa: PLC0415  # the child's memory is measured, not the parent's
    from fleetscan.bootstrap import clients  # noqa: PLC0415  # same
    from fleetscan.bootstrap.sources import sources_of_target  # noqa: PLC0415  # same
    from fleetscan.scan import pipeline  # noqa: PLC0415  # same
    from fleetscan.storage import part_codec  # noqa: PLC0415  # same

    beside = reference.split_recorded()
    before = beside.seconds()
    began = time.monotonic()
    wanted = settings.read(os.environ)
    deadline = time.time() + TIME_LIMIT_SECONDS
    aws = clients.own().begin(deadline, wanted.safety_margin_seconds)
    sources = sources_of_target(aws, aws, wanted, _target(shard, shards))
    seen = pipeline.observe(sources, wanted, deadline=deadline)
    file.write_bytes(part_codec.write(seen.part))
    pipeline.save_history(sources.node_history, seen)
    used, nodes = spent(began), len(seen.part.diagnoses)
    reference_seconds = (before + beside.seconds()) / 2
    return {"nodes": nodes, **used, "ratio": used["cpu_seconds"] / nodes / reference_seconds}


def _conclude(shards: int, folder: Path) -> dict[str, Any]:
    from fleetscan.fanout.gather import gathered  # noqa: PLC0415  # same
    from fleetscan.model import CaptureStatus  # noqa: PLC0415  # same
    from fleetscan.render.html import page as html  # noqa: PLC0415  # same
    from fleetscan.scan import pipeline  # noqa: PLC0415  # same
    from fleetscan.scan.ports import Destinations  # noqa: PLC0415  # same
    from fleetscan.settings import Settings  # noqa: PLC0415  # same
    from fleetscan.storage import part_codec, report_codec  # noqa: PLC0415  # same

    began = time.monotonic()
    targets = [_target(shard, shards) for shard in range(shards)]
    answers = {target: part_codec.read((folder / str(target.shard)).read_bytes()) for target in targets}
    started_at = min(part.started_at for part in answers.values() if not isinstance(part, part_codec.Failure))
    whole = gathered(targets, answers, {}, started_at=started_at, home=targets[0]).part
    report = pipeline.conclude(whole, Destinations(clock=time.time), Settings(), deadline=0.0)
    stored, page = report_codec.pack(report), html.render(report)
    return {
        "nodes": len(report.diagnoses),
        "answered": sum(one.coverage.status is CaptureStatus.ANSWERED for one in report.diagnoses),
        "culprits": len(report.culprits),
        "stored_bytes": len(stored),
        "page_bytes": len(page.encode()),
        **spent(began),
    }


def _target(shard: int, shards: int) -> Target:
    from fleetscan.model.target import Target  # noqa: PLC0415  # same

    return Target(account=ACCOUNT, region=os.environ.get("AWS_DEFAULT_REGION", "eu-west-1"), shard=shard, shards=shards)


def _print(nodes: int, shards: Sequence[Shard], seconds: float, calls: Counter[str], concluded: dict[str, Any]) -> None:
    ssm = sum(calls[action] for action in SSM)
    rows = [
        ("nodes of a shard", _range(shards, "nodes")),
        ("seconds of a shard", _range(shards, "seconds")),
        ("until the last had looked", f"{seconds:.0f} s"),
        ("CPU seconds of a shard", _range(shards, "cpu_seconds")),
        ("... a node, times the reference", _range(shards, "ratio")),
        ("memory of a shard, MiB", _range(shards, "peak_mib")),
        ("calls to SSM but for detail", f"{ssm:,}, {ssm / nodes:.3f} a node"),
        ("pages of DescribeInstances", f"{calls['ec2:DescribeInstances']:,}"),
        ("calls to DynamoDB", f"{sum(count for action, count in calls.items() if action.startswith('dynamodb')):,}"),
        ("nodes in the report, and answered", f"{concluded['nodes']:,}, {concluded['answered']:,}"),
        ("conclusion, page and packing included", f"{concluded['seconds']:.0f} s, {concluded['peak_mib']:.0f} MiB"),
        (
            "stored report, and page",
            f"{concluded['stored_bytes'] / 1e6:.1f} and {concluded['page_bytes'] / 1e6:.1f} MB",
        ),
    ]
    sys.stdout.write(f"{nodes:,} nodes of one Region in {len(shards)} shards at once, on {os.cpu_count()} cores\n")
    sys.stdout.write(f"reference: {reference.SPLIT_RECORDED}\n\n")
    sys.stdout.write("".join(f"  {title:42}{figure}\n" for title, figure in rows))


def _range(shards: Sequence[Shard], figure: str) -> str:
    values = [getattr(one, figure) for one in shards]
    return f"{min(values):,.0f} to {max(values):,.0f}"


def _put(document: object) -> None:
    sys.stdout.write(json.dumps(document) + "\n")


if __name__ == "__main__":
    sys.exit(main())
