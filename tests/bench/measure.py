"""Run benchmarks and keep what they print for the docs: ``python tests/bench/measure.py [NAME ...]``, all by default.

The names are those of docs/measurements; ``make docs`` then writes docs/measurements.md. Exit code 1 when a benchmark
missed a budget: its output says so, and is kept all the same. A benchmark that lacks something on this machine says
what, and what is on record of it stays.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

from docs.measurements import MEASUREMENTS, Measurement
from tests.bench.exit_codes import KEPT, MISSED, SKIPPED

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run, print and keep."""
    parser = argparse.ArgumentParser(description="Run benchmarks and keep what they print for the docs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(one.name for one in MEASUREMENTS))
    wanted: list[str] = parser.parse_args().names
    if unknown := set(wanted) - {one.name for one in MEASUREMENTS}:
        parser.error(f"no such measurement: {', '.join(sorted(unknown))}")
    codes = [_measured(one) for one in MEASUREMENTS if not wanted or one.name in wanted]
    return max(codes)


def _measured(one: Measurement) -> int:
    here = _here()
    sys.stdout.write(f"\n== {one.title}\n")
    sys.stdout.flush()
    done = subprocess.run([sys.executable, *one.command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    if done.returncode == SKIPPED:
        return KEPT
    if done.returncode != KEPT and not (done.returncode == MISSED and "MISSED" in done.stdout):
        raise SystemExit(f"{one.name} failed with exit code {done.returncode}; nothing of it is kept")
    one.file.write_text(f"{here}\n\n{done.stdout}")
    return done.returncode


def _here() -> str:
    """Say when and on what machine, and how busy it is before the benchmark begins."""
    today = datetime.now(UTC).date().isoformat()
    return (
        f"{today}, {os.cpu_count()} cores ({_processor()}), Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()} built {_optimised()} profile-guided optimisation, "
        f"load {os.getloadavg()[0]:.1f}"
    )


def _optimised() -> str:
    """Say how this Python was built; Lambda's is, and such a one is a good deal quicker."""
    return "with" if "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS")) else "without"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())
