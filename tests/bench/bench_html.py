"""What the page of a large fleet costs: ``python tests/bench/bench_html.py``.

CPU seconds of this process on one core, the best of a few rounds, and bytes of the page. The fleets are of the
simulated incident: as it was, all of it sick, and with names that somebody chose to be as long as can be.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from fleetscan.diagnosis.order import worst_first
from fleetscan.fleet.conclude import concluded
from fleetscan.model import Diagnosis, Report
from fleetscan.render.html import page as html
from fleetscan.scan import pipeline
from tests.bench.captured_fleet import captures, recorded

BUDGET_BYTES = 3_000_000
BUDGET_SECONDS = 2.0
ROUNDS = 3
LONG_NAME = "<i>&\"'" * 2_000
"""Each of its characters becomes five or six in HTML."""


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Measure what the page of a large fleet costs.")
    parser.add_argument("--nodes", type=int, default=5_000)
    count: int = parser.parse_args().nodes
    nodes, ill, _ = recorded()
    sys.stdout.write(f"{count:,} nodes; budget {BUDGET_BYTES:,} bytes, {BUDGET_SECONDS:.1f} CPU seconds\n")
    is_within = True
    for percent in (0, 10, 100):
        diagnoses = [pipeline.examine(one) for one in captures(nodes, ill, count, sick_percent=percent)]
        is_within &= _measured(f"{percent}% sick", diagnoses)
        if percent:
            is_within &= _measured(f"{percent}% sick, hostile names", _hostile(diagnoses))
    return 0 if is_within else 1


def _measured(what: str, diagnoses: Sequence[Diagnosis]) -> bool:
    report = concluded(
        Report(
            scan_id="bench",
            started_at=datetime(2026, 1, 6, 12, tzinfo=UTC),
            duration_seconds=60.0,
            diagnoses=worst_first(diagnoses),
        )
    )
    best, page = float("inf"), ""
    for _ in range(ROUNDS):
        started = time.process_time()
        page = html.render(report)
        best = min(best, time.process_time() - started)
    size_bytes = len(page.encode())
    is_within = size_bytes <= BUDGET_BYTES and best <= BUDGET_SECONDS
    sys.stdout.write(f"  {what:<28} {size_bytes:>10,} bytes  {best:5.2f} s  {'ok' if is_within else 'TOO MUCH'}\n")
    return is_within


def _hostile(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    return [
        replace(
            one,
            node=replace(
                one.node,
                instance_id=f"{number}{LONG_NAME}",
                private_dns_name=f"{number}{LONG_NAME}",
                node_group=LONG_NAME,
                instance_type=LONG_NAME,
            ),
            findings=tuple(
                replace(finding, evidence=replace(finding.evidence, text=LONG_NAME)) for finding in one.findings
            ),
            steps=tuple(replace(step, evidence=LONG_NAME) for step in one.steps),
        )
        for number, one in enumerate(diagnoses)
    ]


if __name__ == "__main__":
    sys.exit(main())
