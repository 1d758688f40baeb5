"""What a cold start costs: ``python tests/bench/bench_cold_start.py``, after ``make build``.

The scan function as it would be deployed starts again and again under Lambda's runtime interface emulator, with the
layer as it is shipped and without its bytecode, against a simulated Region without workers: what is left is the start.
Beside each start, before and after it, stands the reference: a new process of the same Python that imports boto3, which
is the least that such a function does. The budget of the init is a ratio to it, the median of the starts.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.cluster import SimulatedAws
from simulator.fleet import load
from tests.bench.exit_codes import SKIPPED
from tests.fixtures.deployed_function import (
    Artifact,
    NotHereError,
    build,
    built_function,
    deployed,
    emulator,
    invoke,
    plant_native,
    plant_runtime,
)

INIT_BUDGET = 3.0
"""Times the reference."""
LAYER_BUDGET_BYTES = 15_000_000
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")
_IMPORT = re.compile(r"import time: +([0-9]+) \| +[0-9]+ \| +(\S+)")
_SHOWN = 10
_EVENT = {"source": "aws.scheduler", "execution_id": "bench"}


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of one cold start."""

    init: float
    """From the process's start until the runtime asks for work."""
    first: float
    """The first invocation, its init apart."""
    second: float
    reference: float
    """From the start to the end of a process that imports boto3, now."""


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description="Measure cold starts of the built scan function.")
    parser.add_argument("--starts", type=int, default=7)
    options = parser.parse_args()
    try:
        build()
        emulator()
    except NotHereError as error:
        _say(f"skipped: {error}\n")
        return SKIPPED
    artifact = built_function("ScanFunction")
    with tempfile.TemporaryDirectory(prefix="fleetscan-bench-") as name:
        folder = Path(name)
        (folder / "runtime").mkdir()
        runtime = plant_runtime(folder / "runtime")
        bare = replace(artifact, layer=_without_bytecode(artifact.layer, folder / "bare"))
        fleet = load("incident")
        with SimulatedAws(replace(fleet, nodes=()), folder / "nodes") as aws:
            starts: dict[str, list[Start]] = {"as it is shipped": [], "without its bytecode": []}
            for number in range(options.starts):
                # In turn, so that a machine that slows down slows down both.
                for (title, found), one in zip(starts.items(), (artifact, bare), strict=True):
                    found.append(_start(one, runtime, aws, folder / f"{number}-{title.replace(' ', '-')}"))
        imports = _imports(artifact, runtime, plant_native(artifact.layer, folder / "native"))
    layer_bytes = _size_bytes(artifact.layer)
    _say(_table(starts))
    _say(_layer(artifact.layer, layer_bytes))
    _say(_imported(imports))
    ratio = statistics.median(one.init / one.reference for one in starts["as it is shipped"])
    is_within = ratio <= INIT_BUDGET and layer_bytes <= LAYER_BUDGET_BYTES
    _say(
        f"\nbudgets: init {INIT_BUDGET} times the reference, {LAYER_BUDGET_BYTES / 1e6:.0f} MB of layer; "
        f"{'kept' if is_within else 'MISSED'}\n"
    )
    return 0 if is_within else 1


def _start(artifact: Artifact, runtime: Path, aws: SimulatedAws, folder: Path) -> Start:
    before = _reference(runtime)
    with deployed(artifact, runtime, aws, folder) as port:
        seconds = []
        for _ in range(2):
            began = time.monotonic()
            answer = invoke(port, dict(_EVENT))
            seconds.append(time.monotonic() - began)
            if "errorMessage" in answer:
                raise RuntimeError(answer)
    found = _INIT.search((folder / "log").read_text())
    if found is None:
        raise RuntimeError("the emulator did not say how long the init was")
    init = float(found[1]) / 1_000
    beside = (before + _reference(runtime)) / 2
    return Start(init=init, first=seconds[0] - init, second=seconds[1], reference=beside)


def _reference(runtime: Path) -> float:
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-S", "-c", "import boto3"],
        env={"PYTHONPATH": str(runtime), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    return time.monotonic() - began


def _without_bytecode(layer: Path, folder: Path) -> Path:
    shutil.copytree(layer, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _imports(artifact: Artifact, runtime: Path, native: Path) -> Mapping[str, int]:
    """Return the microseconds that the modules of each package take, without what they import themselves."""
    paths = (artifact.function, native, artifact.layer, runtime)
    done = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", "-c", "import app"],
        env={"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    packages: Counter[str] = Counter()
    for microseconds, name in _IMPORT.findall(done.stderr):
        package = name.split(".")[0]
        packages["Python's own" if package in sys.stdlib_module_names else package] += int(microseconds)
    return packages


def _table(starts: Mapping[str, list[Start]]) -> str:
    count = len(next(iter(starts.values())))
    lines = [f"{count} cold starts, in turn; milliseconds, the best and the median\n", f"{'':34}"]
    lines += [f"{title:>24}" for title in starts]
    lines.append("\n")
    for title, what in (
        ("init", "init"),
        ("first invocation, init apart", "first"),
        ("second invocation", "second"),
        ("the reference: import boto3", "reference"),
    ):
        lines.append(f"  {title:32}")
        for found in starts.values():
            values = [getattr(one, what) * 1_000 for one in found]
            lines.append(f"{min(values):>15,.0f} {statistics.median(values):>8,.0f}")
        lines.append("\n")
    lines.append(f"  {'init, times the reference':32}")
    for found in starts.values():
        ratios = [one.init / one.reference for one in found]
        lines.append(f"{min(ratios):>15.2f} {statistics.median(ratios):>8.2f}")
    return "".join([*lines, "\n"])


def _layer(layer: Path, size_bytes: int) -> str:
    parts = sorted(((_size_bytes(part), part.name) for part in layer.iterdir()), reverse=True)
    compiled = sum(file.stat().st_size for file in layer.rglob("*.pyc"))
    lines = [f"\nthe layer unpacked: {size_bytes / 1e6:.1f} MB, of which bytecode {compiled / 1e6:.1f} MB\n"]
    lines += [f"  {name:32}{size / 1e6:>12.1f} MB\n" for size, name in parts[:8]]
    return "".join(lines)


def _imported(imports: Mapping[str, int]) -> str:
    ranked = sorted(imports.items(), key=lambda one: -one[1])[:_SHOWN]
    lines = ["\nimporting, by package; milliseconds under -X importtime, which takes some itself\n"]
    lines += [f"  {name:32}{cost / 1_000:>12.1f}\n" for name, cost in ranked]
    return "".join(lines)


def _size_bytes(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _say(words: str) -> None:
    sys.stdout.write(words)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
