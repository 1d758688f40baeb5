"""What it costs to store a report, and to read it back: ``python tests/bench/bench_report.py``.

CPU seconds of this process on one core, the median of three rounds, as a ratio to the reference
(tests/bench/reference.py): the standard library's JSON encoder and decoder on the same document, before and after each.
And the memory that reading needs at its most. The nodes are those of the incident, multiplied, so their words repeat
and gzip has it easier than with a real fleet.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from fleetscan.diagnosis.order import worst_first
from fleetscan.fleet.conclude import concluded
from fleetscan.model import Report
from fleetscan.render.html import page as html
from fleetscan.scan import pipeline
from fleetscan.storage import report_codec
from tests.bench import reference
from tests.bench.captured_fleet import captures, recorded

PACK_BUDGET, UNPACK_BUDGET = 3.0, 3.0
"""Times the reference."""
BUDGET_NODES = 5_000
BUDGET_BYTES = 3_000_000
"""Stored, for 5,000 nodes: 8,640 scans a month of it are 26 GB, 0.60 USD."""

_READ = """
import sys
from pathlib import Path
from fleetscan.storage import report_codec
def most_kib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
before = most_kib()
report_codec.unpack(Path(sys.argv[1]).read_bytes())
print(before, most_kib())
"""
"""Run in a process of its own: what resource gives as the most memory is inherited from the parent."""


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Measure what it costs to store a report and to read it back.")
    parser.add_argument("--nodes", type=int, nargs="+", default=[16, 1_000, BUDGET_NODES])
    nodes, ill, _ = recorded()
    sys.stdout.write("reference: json.dumps and json.loads of the same document; ratio: times the reference\n")
    sys.stdout.write(
        f"{'nodes':>6}{'pack s':>9}{'ratio':>7}{'unpack s':>10}{'ratio':>7}{'JSON':>13}{'stored':>11}{'read MiB':>10}"
        f"{'page':>12}\n"
    )
    is_within = True
    for count in parser.parse_args().nodes:
        diagnoses = [pipeline.examine(one) for one in captures(nodes, ill, count, affected_percent=10)]
        report = concluded(
            Report(
                scan_id="20260106T120000.000000Z",
                started_at=datetime(2026, 1, 6, 12, tzinfo=UTC),
                duration_seconds=30.0,
                diagnoses=worst_first(diagnoses),
            )
        )
        packed = report_codec.pack(report)
        document = gzip.decompress(packed)
        packing = reference.compared(partial(report_codec.pack, report), reference.encode(document))
        unpacking = reference.compared(partial(report_codec.unpack, packed), reference.decode(document))
        if unpacking.made != report:
            raise RuntimeError("the report that was read back is another one")
        page = html.render(report).encode()
        sys.stdout.write(
            f"{count:>6,}{packing.seconds:>9.3f}{packing.ratio:>7.1f}{unpacking.seconds:>10.3f}{unpacking.ratio:>7.1f}"
            f"{len(document):>13,}{len(packed):>11,}"
            f"{_reading_mib(packed):>10.0f}{len(page):>12,}\n"
        )
        is_within &= packing.ratio <= PACK_BUDGET and unpacking.ratio <= UNPACK_BUDGET
        is_within &= len(packed) <= max(count / BUDGET_NODES, 0.1) * BUDGET_BYTES
    sys.stdout.write(
        f"budgets: {PACK_BUDGET:.0f} and {UNPACK_BUDGET:.0f} times the reference, {BUDGET_BYTES:,} bytes for "
        f"{BUDGET_NODES:,} nodes; {'kept' if is_within else 'MISSED'}\n"
    )
    return 0 if is_within else 1


def _reading_mib(packed: bytes) -> float:
    """Return by how much a process of its own grows while it reads a report."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(packed)
        done = subprocess.run([sys.executable, "-c", _READ, file.name], capture_output=True, check=True, text=True)
    before, after = map(int, done.stdout.split())
    return (after - before) / 1024


if __name__ == "__main__":
    sys.exit(main())
