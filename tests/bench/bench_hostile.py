"""What the worst that a node can send costs: ``python tests/bench/bench_hostile.py [FILE ...]``.

Each case by hand (tests/fuzz/cases.py), each recorded capture, and inputs that fuzzing found slow, if files of such are
named: CPU time on one core, the median of three rounds, as a ratio to the reference (tests/bench/reference.py) that is
taken before and after each; and the most memory at once. First of the node's own examination, which has a budget for
each node; then of the whole scan and of every output, for a fleet of which every node is the worst. Exit code 1 when a
budget is missed.
"""

from __future__ import annotations

import logging
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench import reference
from tests.fuzz import cases, inputs, material, outputs, path
from tests.fuzz.path import Untrusted

BUDGET_RATIO = 500.0
"""Times the reference."""
BUDGET_BYTES = 10_000_000
"""Both budgets are of one node: from its capture to its diagnosis, and from there through a scan and every output."""

ROUNDS = 3
SHOWN = 10
FLEET = 100
INSTANCE_ID = "i-00000000000000001"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing took."""

    name: str
    milliseconds: float
    ratio: float
    held_bytes: int

    @property
    def is_within(self) -> bool:
        """Whether both budgets are met."""
        return self.ratio <= BUDGET_RATIO and self.held_bytes <= BUDGET_BYTES

    def line(self) -> str:
        """Return it as a line of a table."""
        missed = "" if self.is_within else "  MISSED"
        figures = f"{self.milliseconds:>10.2f} ms{self.ratio:>8.0f}{self.held_bytes / 1e6:>9.2f} MB"
        return f"  {self.name[:52]:52}{figures}{missed}\n"


def main() -> int:
    """Measure and print; exit code 1 when a budget is missed."""
    logging.disable(logging.CRITICAL)
    path.examined(_all_untrusted()["recorded: incident-00"])  # what is read once, such as lists kept as data
    costs = [cost(name, lambda one=one: path.examined(one)) for name, one in _all_untrusted().items()]  # type: ignore[misc]  # a value of this loop
    sys.stdout.write(f"reference: {reference.SPLIT_RECORDED}: ")
    sys.stdout.write(
        f"{reference.split_recorded().seconds() * 1_000:.3f} ms; beside each time, times the reference\n\n"
    )
    sys.stdout.write(f"From capture to diagnosis, of {len(costs)} captures the slowest and the largest\n")
    slowest = sorted(costs, key=lambda one: -one.ratio)[:SHOWN]
    largest = [one for one in sorted(costs, key=lambda one: -one.held_bytes)[:SHOWN] if one not in slowest]
    sys.stdout.write("".join(one.line() for one in (*slowest, *largest)))
    sys.stdout.write(f"\nA fleet of {FLEET} nodes, each of one kind: scan and every face, by node\n")
    fleets = [_fleet(one.name) for one in slowest[: SHOWN // 2]] + [_fleet("recorded: incident-00")]
    sys.stdout.write("".join(one.line() for one in fleets))
    every = [*costs, *fleets]
    sys.stdout.write(f"\nBudget of a node: {BUDGET_RATIO:.0f} times the reference and {BUDGET_BYTES / 1e6:.0f} MB; ")
    sys.stdout.write("kept\n" if all(one.is_within for one in every) else "MISSED\n")
    return 0 if all(one.is_within for one in every) else 1


def cost(name: str, work: Callable[[], object], share: int = 1) -> Cost:
    """Return the CPU time, beside the reference, and the most memory of one more round, divided by ``share``."""
    found = reference.compared(work, reference.split_recorded(), rounds=ROUNDS)
    tracemalloc.start()
    work()
    held_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Cost(name, found.seconds * 1_000 / share, found.ratio / share, held_bytes // share)


def _all_untrusted() -> Mapping[str, Untrusted]:
    found = {name: _node(text) for name, text in cases.captures().items()}
    found |= {f"recorded: {name}": _node(text) for name, text in material.captures().items()}
    return found | {name: inputs.untrusted(Path(name).read_bytes(), INSTANCE_ID)[1] for name in sys.argv[1:]}


def _node(text: str, instance_id: str = INSTANCE_ID) -> Untrusted:
    """Return a node that sends this and has a past of two weeks, which is asked for a trend."""
    return Untrusted(captures=(path.answered(instance_id, text),), rings={instance_id: path.leaking_ring()})


def _fleet(name: str) -> Cost:
    """Return what one node of a fleet of its like costs from its diagnosis on."""
    text = {**cases.captures(), **{f"recorded: {key}": one for key, one in material.captures().items()}}.get(name, "")
    fleet = [_node(text, f"i-{number:017x}") for number in range(1, FLEET + 1)]
    known = {key: one for each in fleet for key, one in path.examined(each).items()}
    return cost(name, lambda: outputs.shown(path.scanned(fleet, known, beside=False)), share=FLEET)


if __name__ == "__main__":
    sys.exit(main())
