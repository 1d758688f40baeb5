"""What it costs to hand a part to the conclusion, and to conclude: ``python tests/bench/bench_fanout.py``.

CPU seconds of this process on one core and its memory. AWS is not in here.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from fleetscan.fanout.gather import gathered
from fleetscan.incidents.tracker import moment
from fleetscan.model.part import Part
from fleetscan.model.target import Target
from fleetscan.scan import pipeline
from fleetscan.settings import Settings
from fleetscan.storage import part_codec
from tests.bench.captured_fleet import captures, recorded
from tests.bench.spent import peak_bytes

HOME = Target(account="111122223333", region="eu-west-1")
SCAN_AT = 1_768_457_100.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what the conclusion of a scan of many targets costs.")
    parser.add_argument("--nodes", type=int, default=10_000, help="nodes of the whole fleet")
    parser.add_argument("--shard-nodes", type=int, default=5_000, help="nodes of one part")
    parser.add_argument("--sick-percent", type=int, default=5)
    options = parser.parse_args(arguments)
    shards = max(1, options.nodes // options.shard_nodes)
    targets = [Target(account=HOME.account, region=HOME.region, shard=one, shards=shards) for one in range(shards)]
    with tempfile.TemporaryDirectory(prefix="fleetscan-bench-") as folder:
        # In a process of its own, so that the memory measured is the conclusion's alone.
        with ProcessPoolExecutor(1) as pool:
            writing_seconds = pool.submit(prepare, targets, options.nodes, options.sick_percent, Path(folder)).result()
        files = {target: (Path(folder) / str(target.shard)).read_bytes() for target in targets}
    before_bytes = peak_bytes()
    answers, reading_seconds = timed(lambda: {target: part_codec.read(file) for target, file in files.items()})
    whole, gathering_seconds = timed(lambda: gathered(targets, answers, {}, started_at=moment(SCAN_AT), home=HOME).part)
    report, concluding_seconds = timed(
        lambda: pipeline.conclude(
            whole, metric_sink=None, sinks=(), clock=lambda: SCAN_AT + 100.0, deadline=0, settings=Settings()
        )
    )
    per_node = 1_000 / options.nodes
    size_bytes = sum(map(len, files.values()))
    sys.stdout.write(
        f"{options.nodes:,} nodes in {shards} parts, {options.sick_percent}% sick; CPU on one core\n"
        f"  part files          {size_bytes:12,} bytes {size_bytes / options.nodes:8.0f} a node\n"
        f"  write them          {writing_seconds:12.2f} s     {writing_seconds * per_node:8.3f} ms a node\n"
        f"  read them           {reading_seconds:12.2f} s     {reading_seconds * per_node:8.3f} ms a node\n"
        f"  gather              {gathering_seconds:12.2f} s     {gathering_seconds * per_node:8.3f} ms a node\n"
        f"  compare the fleet   {concluding_seconds:12.2f} s     {concluding_seconds * per_node:8.3f} ms a node, "
        f"{len(report.culprits)} culprits\n"
        f"  most memory         {peak_bytes():12,} bytes, {before_bytes:,} before anything was read\n"
    )
    return 0


def prepare(targets: Sequence[Target], nodes: int, sick_percent: int, folder: Path) -> float:
    """Write each target's part as its scan would, and return the CPU seconds of the writing."""
    patterns, ill, _ = recorded()
    all_captures = captures(patterns, ill, nodes, sick_percent=sick_percent)
    writing_seconds = 0.0
    for target in targets:
        mine = tuple(pipeline.examine(one) for one in all_captures if target.holds(one.node.instance_id))
        part = Part(started_at=moment(SCAN_AT), diagnoses=mine)
        content, seconds = timed(partial(part_codec.write, part))
        writing_seconds += seconds
        (folder / str(target.shard)).write_bytes(content)
    return writing_seconds


def timed[T](work: Callable[[], T]) -> tuple[T, float]:
    """Return what some work gives, and the CPU seconds that it takes."""
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
