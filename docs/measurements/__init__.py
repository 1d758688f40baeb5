"""The page of measurements, docs/measurements.md, from what the benchmarks printed: the text files beside this one.

``tests/bench/measure.py`` runs the benchmarks and writes those files; nothing of their figures is typed by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
WRITTEN = "<!-- Written by docs/build.py from docs/measurements; run `make measurements`, then `make docs`. -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One benchmark with its arguments, and what its output is for."""

    name: str
    command: tuple[str, ...]
    """What Python is started with, from the project's root."""
    title: str
    words: str

    @property
    def file(self) -> Path:
        """Where its output is."""
        return FOLDER / f"{self.name}.txt"


MEASUREMENTS = (
    Measurement(
        name="collector",
        command=("tests/bench/bench_collector.py",),
        title="What a scan costs a node",
        words=(
            "The script on a node of 110 real pods, under the shells and awks that worker images have, with "
            "prometheus-node-exporter beside it."
        ),
    ),
    Measurement(
        name="scale",
        command=("tests/bench/bench_scale.py",),
        title="10,000 nodes in one function",
        words=(
            "A simulated AWS in a process of its own: 30 ms a call, EC2's documented throttling, assumed throttling of "
            "Systems Manager (10 calls a second of each kind, 20 at once), and no answer from 180 of the nodes. The "
            "seconds are mostly waiting for it; the CPU seconds are the machine's. Below, healthy nodes alone: "
            "one `GetCommandInvocation` loop for each node, as common samples do it, beside this."
        ),
    ),
    Measurement(
        name="profile",
        command=("tests/bench/bench_scale.py", "--profile", "--nodes", "3000"),
        title="Where the CPU time of a scan goes",
        words="The whole scan of 3,000 simulated nodes, sampled. [Speed](speed.md) says what was done about it.",
    ),
    Measurement(
        name="fleet",
        command=("tests/bench/bench_fleet.py",),
        title="From answers to the report",
        words="CPU seconds of one core, no AWS: parsing, evaluating, comparing, keeping and rendering a fleet.",
    ),
    Measurement(
        name="cold-start",
        command=("tests/bench/bench_cold_start.py",),
        title="Cold start and the layer",
        words="The artifact that `sam build` makes, under Lambda's runtime interface emulator.",
    ),
    Measurement(
        name="shards",
        command=("tests/bench/bench_shards.py",),
        title="50,000 nodes in ten functions",
        words=(
            "One Region of one account, whose throttling all of them share, on one machine: ten functions scan at "
            "once, as the [fan-out](scale.md) has it, and one concludes. Two cores stand in for ten functions and for "
            "AWS here, so the seconds are the machine's; calls (refused ones included) and memory are not."
        ),
    ),
    Measurement(
        name="hostile",
        command=("tests/bench/bench_hostile.py",),
        title="The worst that a node can send",
        words="Time and memory for nodes that send what costs most; see [fuzzing](fuzzing.md).",
    ),
    Measurement(
        name="page",
        command=("tests/bench/bench_html.py",),
        title="The HTML page",
        words="Rendering it for small and large fleets.",
    ),
    Measurement(
        name="stored-report",
        command=("tests/bench/bench_report.py",),
        title="The stored report",
        words="Packing it into the bucket and understanding it again.",
    ),
)

_INTRODUCTION = """\
What the committed benchmarks printed, word for word. Each says when and on what machine, and how busy it was. Seconds
are that machine's: others differ threefold, and so does one under load. So each speed stands beside a reference that
the same process measures in turn with it, plain work such as splitting the same output into lines and words, and what
can be compared across machines is the ratio; budgets are ratios, too. Where work is mostly waiting, for a simulated AWS
or a network, the words say so. `make measurements` makes all of them anew (half an hour and more),
`.venv/bin/python tests/bench/measure.py NAME` one. A budget that was missed says `MISSED`.\
"""
_ALONE = (
    "Recorded before this benchmark printed a reference: calls, nodes and memory are the point, its seconds are one "
    "machine's."
)


def page() -> str:
    """Return the page; FileNotFoundError where a measurement was never made."""
    parts = ["# Measurements", "", WRITTEN, "", _INTRODUCTION, ""]
    for one in MEASUREMENTS:
        head, _, output = one.file.read_text().partition("\n\n")
        parts += [
            f"## {one.title}",
            "",
            one.words,
            "",
            *([] if "reference" in output.lower() else [_ALONE, ""]),
            f"`python {' '.join(one.command)}`; {head}",
            "",
            "```",
            output.strip("\n"),
            "```",
            "",
        ]
    return "\n".join(parts)
