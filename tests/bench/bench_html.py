"""What the page of a large fleet costs: ``python tests/bench/bench_html.py``.

CPU seconds of this process on one core, the median of a few rounds, as a ratio to the reference
(tests/bench/reference.py) that is taken before and after each, and bytes of the page. The fleets are of the simulated
incident: as it was, all of it affected, and with names that somebody chose to be as long as can be.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from fleetscan.diagnosis.order import worst_first
from fleetscan.fleet.conclude import concluded
from fleetscan.model import Diagnosis, Report
from fleetscan.render.html import page
from fleetscan.scan import pipeline
from tests.bench import reference
from tests.bench.captured_fleet import captures, recorded

BUDGET_BYTES = 3_000_000
BUDGET_RATIO = 6.0
"""Times the reference for 5,000 nodes, whatever the size of the fleet: the page has a bound, too."""
REFERENCE_NODES = 5_000
ROUNDS = 3
LONG_NAME = "<i>&\"'" * 2_000
"""Each of its characters becomes five or six in HTML."""


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Measure what the page of a large fleet costs.")
    parser.add_argument("--nodes", type=int, default=5_000)
    count: int = parser.parse_args().nodes
    nodes, ill, _ = recorded()
    sys.stdout.write(f"{count:,} nodes; budget {BUDGET_BYTES:,} bytes, {BUDGET_RATIO:.0f} times the reference\n")
    sys.stdout.write(f"reference: {reference.SPLIT_RECORDED}, {REFERENCE_NODES:,} times\n")
    is_within = True
    for percent in (0, 10, 100):
        diagnoses = [pipeline.examine(one) for one in captures(nodes, ill, count, affected_percent=percent)]
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
    found = reference.compared(lambda: page.render(report), reference.split_recorded(REFERENCE_NODES), rounds=ROUNDS)
    size_bytes = len(found.made.encode())
    is_within = size_bytes <= BUDGET_BYTES and found.ratio <= BUDGET_RATIO
    sys.stdout.write(
        f"  {what:<28} {size_bytes:>10,} bytes  {found.seconds:5.2f} s, reference {found.reference_seconds:5.2f} s, "
        f"ratio {found.ratio:5.2f}  {'kept' if is_within else 'MISSED'}\n"
    )
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
