"""Captures of a large fleet: the real script on each node of the simulated incident once, then multiplied."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleetscan.model import Capture, CaptureStatus, Node
from simulator.demo import ROOT_CAUSE, quick_place
from simulator.fleet import Fleet, FleetNode, load
from simulator.removal import without
from simulator.tree import plant
from tests.fixtures.node_tree import COLLECT

NODES_OF_A_CLUSTER = 250
LAUNCHED_AT = datetime(2026, 1, 5, tzinfo=UTC)
"""Any time: no figure depends on it."""

_SICK = 3
"""So many of the incident's nodes are critical, and they are its first."""
_BOOT_ID = re.compile(r"(?m)^boot_id [0-9a-f]{8}$")


def recorded() -> tuple[tuple[FleetNode, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the incident's nodes, what the script prints on each, and what it prints once the root cause is gone."""
    fleet = load("incident")
    return fleet.nodes, printed(fleet), printed(without(fleet, ROOT_CAUSE))


def captures(
    nodes: Sequence[FleetNode], texts: Sequence[str], count: int, *, affected_percent: int
) -> tuple[Capture, ...]:
    """Return so many captures, each of a node of its own, evenly mixed: so many percent of them of the affected nodes.

    The others are those of the young nodes, on which the same agent runs and holds little.
    """
    return tuple(_captures(nodes, texts, count, affected_percent))


def _captures(nodes: Sequence[FleetNode], texts: Sequence[str], count: int, affected_percent: int) -> Iterator[Capture]:
    for number in range(count):
        is_affected = number * affected_percent // 100 != (number + 1) * affected_percent // 100
        pattern = number % _SICK if is_affected else _SICK + number % (len(nodes) - _SICK)
        text = _BOOT_ID.sub(f"boot_id {number:08x}", texts[pattern])
        yield Capture(node=_node(nodes[pattern], number), status=CaptureStatus.ANSWERED, text=text)


def _node(pattern: FleetNode, number: int) -> Node:
    return Node(
        instance_id=f"i-{number:017x}",
        cluster=f"cluster-{number // NODES_OF_A_CLUSTER}",
        node_group=pattern.node_group,
        instance_type=pattern.instance_type,
        zone=pattern.zone,
        private_dns_name=f"ip-10-{number // 62_500}-{number // 250 % 250}-{number % 250}.ap-south-1.compute.internal",
        architecture=pattern.architecture,
        launched_at=LAUNCHED_AT - timedelta(minutes=number),
    )


def printed(fleet: Fleet) -> tuple[str, ...]:
    """Return what the script prints on each node of a fleet, in their order."""
    with tempfile.TemporaryDirectory(prefix="fleetscan-bench-", dir=quick_place()) as folder:

        def run(numbered: tuple[int, FleetNode]) -> str:
            number, node = numbered
            environment = plant(fleet, node, Path(folder) / str(number))
            done = subprocess.run(
                ["sh", str(COLLECT)],
                env={"PATH": os.environ["PATH"], "WINDOW_SECONDS": "0", **environment},
                capture_output=True, check=True, timeout=120,
            )  # fmt: skip
            return whole(done.stdout.decode("ascii"))

        with ThreadPoolExecutor(max_workers=2) as pool:
            return tuple(pool.map(run, enumerate(fleet.nodes)))


def whole(text: str) -> str:
    """Return a capture, after seeing that it is whole."""
    if "\n@end summary " not in text:
        raise RuntimeError(f"the collector failed: {text[-200:]}")
    return text
