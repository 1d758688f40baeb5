"""What it costs to hand a part to the conclusion, and to conclude: ``python tests/bench/bench_fanout.py``.

CPU seconds of this process on one core, each step beside its reference (tests/bench/reference.py), and its memory. AWS
is not in here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from fleetscan.fanout.gather import gathered
from fleetscan.incidents.tracker import moment
from fleetscan.model.part import Part
from fleetscan.model.target import Target
from fleetscan.scan import pipeline
from fleetscan.scan.ports import Destinations
from fleetscan.settings import Settings
from fleetscan.storage import part_codec
from tests.bench import reference
from tests.bench.captured_fleet import captures, recorded
from tests.bench.spent import peak_bytes

HOME = Target(account="111122223333", region="eu-west-1")
SCAN_AT = 1_768_457_100.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what the conclusion of a scan of many targets costs.")
    parser.add_argument("--nodes", type=int, default=10_000, help="nodes of the whole fleet")
    parser.add_argument("--shard-nodes", type=int, default=5_000, help="nodes of one part")
    parser.add_argument("--affected-percent", type=int, default=5)
    options = parser.parse_args(arguments)
    shards = max(1, options.nodes // options.shard_nodes)
    targets = [Target(account=HOME.account, region=HOME.region, shard=one, shards=shards) for one in range(shards)]
    with tempfile.TemporaryDirectory(prefix="fleetscan-bench-") as folder:
        # In a process of its own, so that the memory measured is the conclusion's alone.
        with ProcessPoolExecutor(1) as pool:
            writing = pool.submit(prepare, targets, options.nodes, options.affected_percent, Path(folder)).result()
        files = {target: (Path(folder) / str(target.shard)).read_bytes() for target in targets}
    before_bytes = peak_bytes()
    beside = reference.split_recorded(options.nodes)
    # Once each: what is measured of the memory is one conclusion's.
    reading = reference.compared(
        lambda: {target: part_codec.read(file) for target, file in files.items()}, beside, rounds=1
    )
    gathering = reference.compared(
        lambda: gathered(targets, reading.made, {}, started_at=moment(SCAN_AT), home=HOME).part, beside, rounds=1
    )
    concluding = reference.compared(
        lambda: pipeline.conclude(gathering.made, Destinations(clock=lambda: SCAN_AT + 100.0), Settings(), deadline=0),
        beside,
        rounds=1,
    )
    size_bytes = sum(map(len, files.values()))
    sys.stdout.write(
        f"{options.nodes:,} nodes in {shards} parts, {options.affected_percent}% affected; CPU on one core\n"
        f"reference: {reference.SPLIT_RECORDED}, for so many nodes; ratio: times the reference\n"
        f"  part files          {size_bytes:12,} bytes {size_bytes / options.nodes:8.0f} a node\n"
        f"{_line('write them', options.nodes, writing)}"
        f"{_line('read them', options.nodes, reading)}"
        f"{_line('gather', options.nodes, gathering)}"
        f"{_line('compare the fleet', options.nodes, concluding)}"
        f"  culprits            {len(concluding.made.culprits):12,}\n"
        f"  most memory         {peak_bytes():12,} bytes, {before_bytes:,} before anything was read\n"
    )
    return 0


def _line(what: str, nodes: int, found: reference.Compared[Any]) -> str:
    per_node = found.seconds * 1_000 / nodes
    return f"  {what:20}{found.seconds:12.2f} s     {per_node:8.3f} ms a node, ratio {found.ratio:5.2f}\n"


def prepare(
    targets: Sequence[Target], nodes: int, affected_percent: int, folder: Path
) -> reference.Compared[list[bytes]]:
    """Write each target's part as its scan would, and return what the writing took, without what was written."""
    patterns, ill, _ = recorded()
    all_captures = captures(patterns, ill, nodes, affected_percent=affected_percent)
    parts = []
    for target in targets:
        mine = tuple(pipeline.examine(one) for one in all_captures if target.holds(one.node.instance_id))
        parts.append(Part(started_at=moment(SCAN_AT), diagnoses=mine))
    writing = reference.in_parts(
        [partial(part_codec.write, part) for part in parts],
        [reference.split_recorded(len(part.diagnoses)) for part in parts],
    )
    for target, content in zip(targets, writing.made, strict=True):
        (folder / str(target.shard)).write_bytes(content)
    return reference.Compared(writing.seconds, writing.reference_seconds, writing.ratio, [])


if __name__ == "__main__":
    sys.exit(main())
