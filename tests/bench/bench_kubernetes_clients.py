"""What a Kubernetes client costs a Lambda function: installed size and time to import, all of them in one run.

    .venv/bin/python tests/bench/bench_kubernetes_clients.py

Each is installed into an environment of its own, newest version, and unpacked once more as it would be for arm64, the
function's architecture, from wheels alone. Imports are timed in fresh interpreters, in turn, so that whatever else the
machine does falls on all alike; the figure is the median of CPU seconds, less those of the reference: an empty
interpreter's start, beside each. The ratio says how many such starts an import is. Needs a package index, and pip or
uv.
"""

from __future__ import annotations

import importlib.util
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

ROUNDS = 15
MEBI = 2**20
CLIENTS = {
    "lightkube": "from lightkube import Client; from lightkube.resources.core_v1 import Node, Pod, Event; "
    "from lightkube.resources.apps_v1 import DaemonSet; from lightkube.resources.coordination_v1 import Lease",
    "kubernetes": "from kubernetes import client; client.CoreV1Api; client.AppsV1Api; client.CoordinationV1Api",
    "kr8s": "import kr8s; from kr8s.objects import Node, Pod, Event, DaemonSet",
    "pykube-ng": "import pykube; from pykube import Node, Pod, Event, DaemonSet",
}
"""Distribution -> what a program that lists those kinds imports."""
ARM64 = ("manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")


def main() -> None:
    """Print one line for each client."""
    installer = pip()
    if not installer:
        sys.stdout.write("skipped: neither this Python's pip nor uv is here to install the clients with\n")
        return
    with tempfile.TemporaryDirectory(prefix="fleetscan-clients-") as folder:
        place = Path(folder)
        sizes = {}
        for name in CLIENTS:
            try:
                sizes[name] = install(name, place / name, installer)
            except subprocess.CalledProcessError as error:
                reason = (error.stderr.strip().splitlines() or ["for no reason that it gave"])[-1]
                sys.stdout.write(f"{name}: skipped, it cannot be installed here: {reason}\n")
        took = imports(place, sizes)
    lines = ["reference: the start of an empty interpreter; ratio: an import, times the reference"]
    lines.append(
        f"{'client':<12} {'version':<10} {'distributions':>13} {'arm64 MB':>9} {'import s':>9} {'ratio':>6} "
        f"{'peak MiB':>9}"
    )
    for name, (version, distributions, size) in sizes.items():
        seconds, ratio, peak = took[name]
        size_mb = "no wheels" if size is None else f"{size / 1e6:.1f}"
        lines.append(
            f"{name:<12} {version:<10} {distributions:>13} {size_mb:>9} {seconds:>9.3f} {ratio:>6.1f} {peak:>9.0f}"
        )
    sys.stdout.write("\n".join([*lines, ""]))


def pip() -> tuple[str, ...]:
    """Return the installer's command: an environment that uv made has no pip, but then there is uv."""
    if importlib.util.find_spec("pip"):
        return (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    return ("uv", "--quiet", "pip") if shutil.which("uv") else ()


def install(name: str, place: Path, installer: Sequence[str]) -> tuple[str, int, int | None]:
    """Install a client; return its version, the number of distributions, and its size for arm64 in bytes."""
    run(sys.executable, "-m", "venv", "--without-pip", str(place))
    python = str(place / "bin" / "python")
    is_uv = installer[0] == "uv"
    # uv compiles nothing unless it is asked to.
    run(
        *installer,
        *(("install", "--python", python) if is_uv else ("--python", python, "install", "--no-compile")),
        name,
    )
    program = "import importlib.metadata as m, sys;print(m.version(sys.argv[1]), len(list(m.distributions())))"
    version, distributions = run(python, "-c", program, name).split()
    target = place / "arm64"
    if is_uv:
        wanted = ["--python-version", "3.13", "--python-platform", "aarch64-manylinux_2_34"]
    else:
        wanted = [word for platform in ARM64 for word in ("--platform", platform)]
        wanted += ["--python-version", "3.13", "--implementation", "cp", "--no-compile"]
    try:
        run(*installer, "install", "--target", str(target), *wanted, "--only-binary", ":all:", name)
    except subprocess.CalledProcessError:
        return version, int(distributions), None
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file() and "bin" not in path.parts[-2:-1])
    return version, int(distributions), size


def imports(place: Path, clients: Iterable[str]) -> dict[str, tuple[float, float, float]]:
    """Return client -> medians of the seconds of its import above an empty interpreter's, and of their ratio to those.

    Last comes the peak of its memory in MiB.
    """
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in clients}
    peaks: dict[str, float] = {}
    for _ in range(ROUNDS + 1):
        for name, rounds in took.items():
            python = str(place / name / "bin" / "python")
            empty = timed(python, "pass")[0]
            seconds, peaks[name] = timed(python, CLIENTS[name])
            rounds.append((seconds - empty, empty))
    # The first round reads from the disk and compiles; it is what a cold start of a new version pays once.
    return {
        name: (
            statistics.median(seconds for seconds, _ in rounds[1:]),
            statistics.median(seconds / empty for seconds, empty in rounds[1:]),
            peaks[name],
        )
        for name, rounds in took.items()
    }


def timed(python: str, statement: str) -> tuple[float, float]:
    """Return the CPU seconds that a fresh interpreter took for a statement, and its peak of memory in MiB."""
    peak = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = run(python, "-c", f"{statement}; {peak}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    return took, int(output) * 1024 / MEBI


def run(*command: str) -> str:
    """Run a command and return what it prints; its errors are shown only where it fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
