"""The calls to AWS and the run time of a scan of so many nodes, counted from the limits in the code.

Times are estimates from constants that are named here with where they come from; calls are not estimates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from fleetscan.aws import credits as credit_reading
from fleetscan.aws import ec2
from fleetscan.aws.dynamodb import table
from fleetscan.aws.parallel import WORKERS
from fleetscan.aws.run_command import agents, dispatch
from fleetscan.aws.run_command.collector import Pace
from fleetscan.settings.fanout import FanoutSettings

SHARD_NODES = FanoutSettings(bucket="b", external_id="x").shard_nodes
POLLED_COMMANDS = 50
"""``ListCommands`` tells of 50 commands in a page: 2,500 nodes in one call."""

CALL_SECONDS = 0.1
"""One call to SSM or DynamoDB, one after another; a guess on the safe side of what Regions show (30 to 80 ms)."""
PAGE_SECONDS = 0.5
"""A page of 500 instances, about 2 MB of XML to read: the same."""
CPU_SECONDS_PER_NODE = 0.002
"""Of the whole function on one core: 5.8 s for 3,000 simulated nodes (`tests/bench/bench_scale.py --nodes 3000`), on a
busy machine; another machine takes up to three times that, or less, and the bench prints it beside a reference."""
MEGABYTES_PER_CORE = 1_769
"""Memory at which Lambda gives a function one whole core (Lambda developer guide, memory)."""
POLLS_SECONDS = 5.0
"""From the first poll to the last answer of a healthy fleet: two or three polls."""
PUBLISH_SECONDS = 1.0
START_SECONDS = 0.2
"""A warm function; a cold start comes once in hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Calls of one scan of one Region or shard, if all nodes respond and are healthy."""

    describe_instances: int
    describe_agents: int
    send: int
    list_invocations: int
    list_commands: int
    credit_specifications: int
    table_reads: int
    table_writes: int
    """Only where rings are due: all of them every 15 minutes."""
    other: int = 3
    """Clusters, episodes, metrics."""

    @property
    def ssm(self) -> int:
        """Calls to Systems Manager."""
        return self.describe_agents + self.send + self.list_invocations + self.list_commands

    @property
    def total(self) -> int:
        """All of them."""
        return (
            self.ssm
            + self.describe_instances
            + self.credit_specifications
            + self.table_reads
            + self.table_writes
            + self.other
        )

    def __add__(self, others: Calls) -> Calls:
        return Calls(**{name: getattr(self, name) + getattr(others, name) for name in self.__slots__})


def calls(nodes: int, *, region_nodes: int | None = None, burstable_percent: int = 20) -> Calls:
    """Return the calls of one scan of so many nodes, in a Region of as many or more."""
    listed = nodes if region_nodes is None else region_nodes
    commands = math.ceil(nodes / dispatch.BATCH_SIZE)
    return Calls(
        describe_instances=max(1, math.ceil(listed / ec2.PAGE_SIZE)),
        describe_agents=math.ceil(nodes / agents.PAGE_SIZE),
        send=commands,
        list_invocations=commands,
        list_commands=2 * max(1, math.ceil(commands / POLLED_COMMANDS)),
        credit_specifications=math.ceil(nodes * burstable_percent / 100 / credit_reading.SPECIFICATION_BATCH_SIZE),
        table_reads=math.ceil(nodes / table.MOST_READS),
        table_writes=math.ceil(nodes / table.MOST_WRITES),
    )


def seconds(nodes: int, *, megabytes: int = 512, region_nodes: int | None = None) -> float:
    """Return how long a function of so much memory takes for a healthy scan of so many nodes."""
    made = calls(nodes, region_nodes=region_nodes)
    cores = min(1.0, megabytes / MEGABYTES_PER_CORE)
    at_once = made.describe_agents + made.send + made.table_reads + made.table_writes
    in_turn = made.total - at_once - made.describe_instances
    asking = (at_once / WORKERS + in_turn) * CALL_SECONDS + made.describe_instances * PAGE_SECONDS
    pace = Pace()
    # Healthy nodes are done at the second poll; the longer waits are for slow nodes.
    waiting = pace.first_seconds + (pace.grace_poll_seconds if made.send >= pace.grace_commands else 0.0)
    working = nodes * CPU_SECONDS_PER_NODE / cores
    return START_SECONDS + asking + waiting + POLLS_SECONDS + working + PUBLISH_SECONDS
