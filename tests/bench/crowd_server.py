"""A simulated AWS with thousands of nodes in a process of its own, so that the scan beside it is measured alone.

    python tests/bench/crowd_server.py --nodes 10000

Prints one JSON line with the environment that leads boto3 here; then, for each line on standard input, one JSON line
with the calls so far. ``forget`` forgets them. Ends with its standard input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.faults import Faults
from simulator.fleet import Fate, Fleet, FleetNode, load
from simulator.recorded_aws import BUCKETS, RecordedAws
from tests.bench.captured_fleet import recorded

FATES: tuple[tuple[Fate, int], ...] = (
    ("not_registered", 50),
    ("connection_lost", 50),
    ("hangs", 30),
    ("never_delivered", 30),
    ("terminated", 20),
)
"""Nodes of 10,000 that do not answer, by what becomes of them: assumptions for an ordinary bad day."""
OF = 10_000
_SICK = 3
"""The incident's first nodes are the affected ones."""


def main() -> int:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description="Serve a simulated AWS with many nodes.")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--affected-per-thousand", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.03, help="seconds that each call takes (default: 0.03)")
    parser.add_argument("--healthy", action="store_true", help="no node fails to answer")
    options = parser.parse_args()
    nodes, affected_texts, healthy_texts = recorded()
    fleet = crowd(nodes, options.nodes, affected_per_thousand=options.affected_per_thousand, is_healthy=options.healthy)
    # The agent that leaks runs on the affected ones only: where it runs everywhere, every node has something to report.
    texts = [text.encode() for text in (*affected_texts[:_SICK], *healthy_texts[_SICK:])]
    said = {node.instance_id: texts[pattern] for node, pattern in fleet.members}
    with RecordedAws(fleet.fleet, said, faults=Faults(latency_seconds=options.latency, buckets=BUCKETS)) as aws:
        _put(aws.environment)
        for line in sys.stdin:
            if line.strip() == "forget":
                aws.calls.clear()
            _put(aws.calls.counts)
    return 0


class CrowdFleet:
    """A fleet of many nodes, with the number of the recording that each of them says."""

    def __init__(self, fleet: Fleet, members: Sequence[tuple[FleetNode, int]]) -> None:
        self.fleet = fleet
        self.members = tuple(members)


def crowd(
    nodes: Sequence[FleetNode], count: int, *, affected_per_thousand: int, is_healthy: bool = False
) -> CrowdFleet:
    """Return so many nodes after the patterns of a few; the shares of the affected and of the silent are exact."""
    members = list(_members(nodes, count, affected_per_thousand, is_healthy=is_healthy))
    return CrowdFleet(replace(load("incident"), nodes=tuple(node for node, _ in members)), members)


def _members(
    nodes: Sequence[FleetNode], count: int, affected_per_thousand: int, *, is_healthy: bool
) -> Iterator[tuple[FleetNode, int]]:
    fates = [] if is_healthy else [fate for fate, number in FATES for _ in range(number)]
    for number in range(count):
        is_affected = number * affected_per_thousand // 1_000 != (number + 1) * affected_per_thousand // 1_000
        pattern = number % _SICK if is_affected else _SICK + number % (len(nodes) - _SICK)
        place = number * 7_919 % OF  # spreads the silent ones over the fleet
        fate: Fate = fates[place] if place < len(fates) and not is_affected else "answers"
        yield (
            replace(
                nodes[pattern],
                instance_id=f"i-{number:017x}",
                private_dns_name=f"ip-10-{number // 62_500}-{number // 250 % 250}-{number % 250}.ec2.internal",
                fate=fate,
            ),
            pattern,
        )


def _put(document: object) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
