"""The plan for 50,000 nodes in docs/scale.md: calls, time, memory and money for three ways to be so large."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

from docs.estimates.bill import (
    CONCLUDE_MEGABYTES,
    HEALTHY,
    MEGABYTES,
    PART_BYTES_OF_A_NODE,
    bill,
    conclude_seconds,
)
from docs.estimates.cost_page import money
from docs.estimates.prices import load
from docs.estimates.workload import PAGE_SECONDS, SHARD_NODES, Calls, calls, seconds
from fleetscan.aws import ec2
from fleetscan.fanout import plan
from fleetscan.model.target import Target
from fleetscan.settings.fanout import FanoutSettings

NODES = 50_000
SCHEDULE_MINUTES = 15
AT_ONCE = FanoutSettings(bucket="b", external_id="x").concurrency

STATE_BYTES = 262_144
"""Input and output of a state (Step Functions developer guide, quotas: 256 KiB)."""
FUNCTION_SECONDS = 900
"""The longest invocation of a function (Lambda developer guide, quotas)."""
CONCURRENT_FUNCTIONS = 1_000
"""Concurrent executions of an account in a Region, by default (the same)."""
DESCRIBE_BUCKET, DESCRIBE_REFILL = 100, 20
"""Tokens, and tokens a second, for a describe action of EC2 in an account and Region (EC2 API guide, throttling)."""
BYTES_OF_A_NODE_IN_MEMORY = 16_000
"""A judged node in the conclusion: `python tests/bench/bench_fanout.py`, rounded up."""
RESULT_BYTES = 90
"""What a scan of a target hands back: its key and two counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One way to have so many nodes."""

    name: str
    accounts: int
    regions: int
    """Of each account."""

    @property
    def targets(self) -> int:
        """Accounts times Regions."""
        return self.accounts * self.regions

    @property
    def nodes_of_a_target(self) -> int:
        """All of them alike."""
        return NODES // self.targets

    @property
    def shards(self) -> int:
        """Of each target."""
        return max(1, math.ceil(self.nodes_of_a_target / SHARD_NODES))

    @property
    def items(self) -> int:
        """Of the map."""
        return self.targets * self.shards

    @property
    def of_an_item(self) -> Calls:
        """Calls of one item."""
        return calls(self.nodes_of_a_target // self.shards, region_nodes=self.nodes_of_a_target)

    @property
    def plan_seconds(self) -> float:
        """Counting: eight targets at a time."""
        pages = max(1, math.ceil(self.nodes_of_a_target / ec2.PAGE_SIZE))
        return 1 + math.ceil(self.targets / 8) * (0.5 + pages * PAGE_SECONDS)

    @property
    def item_seconds(self) -> float:
        """One scan, with the wait for EC2's tokens where shards of one Region share them."""
        listing = self.shards * self.of_an_item.describe_instances
        waiting = max(
            0.0, (listing - DESCRIBE_BUCKET) / DESCRIBE_REFILL - self.of_an_item.describe_instances * PAGE_SECONDS
        )
        return seconds(self.nodes_of_a_target // self.shards, region_nodes=self.nodes_of_a_target) + waiting

    @property
    def map_seconds(self) -> float:
        """All items, so many at once."""
        return math.ceil(self.items / AT_ONCE) * self.item_seconds

    @property
    def total_seconds(self) -> float:
        """From the start to the last message."""
        return self.plan_seconds + self.map_seconds + conclude_seconds(NODES)

    @property
    def state_bytes(self) -> int:
        """The larger of what goes into the map and what comes out of it."""
        item = plan.Item(
            target=Target(account="1" * 12, region="ap-southeast-2", shard=self.shards - 1, shards=self.shards),
            credit_nodes=10,
        )
        return self.items * max(len(json.dumps(item.document())) + 1, RESULT_BYTES)


_MINUTES_FROM = 120

LAYOUTS = (
    Layout(name="one Region of one account", accounts=1, regions=1),
    Layout(name="10 accounts in 2 Regions", accounts=10, regions=2),
    Layout(name="100 accounts in 4 Regions", accounts=100, regions=4),
)


def section() -> str:
    """Return the section."""
    one = bill(load(), NODES, SCHEDULE_MINUTES, HEALTHY)
    return "\n".join(
        [
            f"{NODES:,} nodes, all healthy, on paper: calls are counted from the code's limits, times are estimates",
            "from the constants of `docs/estimates/workload.py`, and nothing of it has run on AWS.",
            "",
            *_table(),
            "",
            *_words(),
            "",
            (
                f"At a schedule of {SCHEDULE_MINUTES} minutes one Region of {NODES:,} nodes costs {money(one.usd)} USD "
                f"a month: {money(one.of('DynamoDB'))} for the nodes' history, {money(one.of('Lambda'))} for the "
                f"functions, {money(one.of('CloudWatch, metrics'))} for metrics. Other sizes are in [cost](cost.md)."
            ),
        ]
    )


def _table() -> Iterable[str]:
    yield "| | " + " | ".join(layout.name for layout in LAYOUTS) + " |"
    yield "|---|" + "--:|" * len(LAYOUTS)
    rows = (
        ("items of the map", lambda one: f"{one.items:,}"),
        ("nodes of an item", lambda one: f"{one.nodes_of_a_target // one.shards:,}"),
        ("calls to SSM", lambda one: f"{one.items * one.of_an_item.ssm:,}"),
        ("calls to SSM a node", lambda one: f"{one.items * one.of_an_item.ssm / NODES:.3f}"),
        ("pages of DescribeInstances, planning included", _pages),
        (
            "calls to DynamoDB",
            lambda one: f"{one.items * (one.of_an_item.table_reads + one.of_an_item.table_writes):,}",
        ),
        ("files in S3, written and read", lambda one: f"{2 * (one.items + 1):,}"),
        ("planning", lambda one: _time(one.plan_seconds)),
        ("one item", lambda one: _time(one.item_seconds)),
        (f"all items, {AT_ONCE} at once", lambda one: _time(one.map_seconds)),
        ("conclusion", lambda _: _time(conclude_seconds(NODES))),
        ("**from start to message**", lambda one: f"**{_time(one.total_seconds)}**"),
        (f"state between the steps, of {STATE_BYTES // 1024} KiB", lambda one: f"{one.state_bytes / 1024:.0f} KiB"),
    )
    for name, cell in rows:
        yield f"| {name} | " + " | ".join(cell(layout) for layout in LAYOUTS) + " |"


def _pages(layout: Layout) -> str:
    counted = layout.targets * max(1, math.ceil(layout.nodes_of_a_target / ec2.PAGE_SIZE))
    return f"{layout.items * layout.of_an_item.describe_instances + counted:,}"


def _words() -> Iterable[str]:
    memory = NODES * BYTES_OF_A_NODE_IN_MEMORY / 1e6
    yield (
        f"- An item is a function of {MEGABYTES} MB and at most {FUNCTION_SECONDS // 60} minutes; {AT_ONCE} run "
        "at once, of "
        f"the {CONCURRENT_FUNCTIONS:,} that an account may."
    )
    yield (
        "- Shards of one Region list the whole of it each, for no filter of EC2 knows a hash. EC2 gives a "
        "describe action "
        f"{DESCRIBE_BUCKET} calls at once and {DESCRIBE_REFILL} a second; the wait is in the table. Handing lists "
        "of nodes "
        "from the plan to the shards would save those pages and cost a second source of truth on what exists."
    )
    yield (
        f"- Parts are {NODES * PART_BYTES_OF_A_NODE / 1e6:.0f} MB in S3; read and evaluated together they take about "
        f"{memory:,.0f} MB of memory, so the conclusion wants `ConcludeMemoryMegabytes` of {CONCLUDE_MEGABYTES:,}."
    )
    yield (
        f"- A run holds at most {plan.MOST_ITEMS:,} items, because what is between two states has to fit into "
        f"{STATE_BYTES // 1024} KiB."
    )
    yield (
        "- SSM publishes no rates for its calls, and has an unpublished quota of pending invocations. Clients "
        "retry with a "
        "token bucket of their own; whoever is that large should ask AWS first, and begin with a longer schedule."
    )
    yield (
        "- The history of a finding is one item of DynamoDB: one on more than about 15,000 nodes does not fit, and "
        "is reported as new by every scan, with a note that says so."
    )


def _time(seconds_: float) -> str:
    return f"{seconds_:.0f} s" if seconds_ < _MINUTES_FROM else f"{seconds_ / 60:.1f} min"
