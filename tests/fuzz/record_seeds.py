"""Record the captures that fuzzing begins with: ``python tests/fuzz/record_seeds.py``.

The real script on the nodes of the simulated fleets and on the recorded trees of published incidents. Of captures that
come to the same findings the first is kept, so that a seed is there for each way in which a node can be affected.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fleetscan.capture import local
from fleetscan.errors import CaptureError
from fleetscan.model import Capture, CaptureStatus, Node
from fleetscan.scan import pipeline
from simulator.demo import ROOT_CAUSE
from simulator.fleet import Fleet, load
from simulator.removal import without
from simulator.tree import plant
from tests.fixtures.node_tree import COLLECT

SEEDS = Path(__file__).parent / "seeds"
CASES = Path(__file__).parents[1] / "fixtures" / "cases"


def main() -> int:
    """Write the seeds anew."""
    kept: dict[frozenset[tuple[str, str, str]], str] = {}
    for old in SEEDS.glob("*.txt"):
        old.unlink()
    for name, text in (*_simulated("incident", load("incident")), *_healed(), *_special(), *_cases()):
        diagnosis = pipeline.examine(Capture(node=Node(instance_id=name), status=CaptureStatus.ANSWERED, text=text))
        found = frozenset(
            (finding.rule, finding.severity.value, finding.evidence.cause.value) for finding in diagnosis.findings
        )
        if found not in kept:
            kept[found] = name
            (SEEDS / f"{name}.txt").write_text(text)
    sys.stdout.write(f"{len(kept)} captures in {SEEDS}\n")
    return 0


def _healed() -> Iterator[tuple[str, str]]:
    yield from _simulated("healed", without(load("incident"), ROOT_CAUSE))


def _special() -> Iterator[tuple[str, str]]:
    yield from _simulated("special", load("special"))


def _simulated(prefix: str, fleet: Fleet) -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory(prefix="fleetscan-seeds-") as folder:
        for number, node in enumerate(fleet.nodes):
            environment = plant(fleet, node, Path(folder) / str(number))
            done = subprocess.run(
                ["sh", str(COLLECT)],
                env={"PATH": os.environ["PATH"], "WINDOW_SECONDS": "0", **environment},
                capture_output=True, check=True, timeout=120,
            )  # fmt: skip
            if b"\n@end summary " in done.stdout:
                yield f"{prefix}-{number:02}", done.stdout.decode("ascii")


def _cases() -> Iterator[tuple[str, str]]:
    for case in sorted(CASES.iterdir()):
        try:
            yield f"case-{case.name}", local.collect(case).text
        except CaptureError:
            continue  # its evidence is a photograph or a sentence


if __name__ == "__main__":
    sys.exit(main())
