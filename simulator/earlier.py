"""The state of a fleet hours before: what a scan would have found while its pods were terminated.

Kubernetes keeps an event for 60 minutes by default. What happened before that can only be known from a scan that ran
then, so the demonstration makes that scan: the same code, on the same machine, with a clock that is hours behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from fleetscan.aws.clients import Clients
from fleetscan.bootstrap.sources import reader_of_clusters, sources
from fleetscan.model import Node, Report
from fleetscan.ports import Inventory
from fleetscan.scan import pipeline
from fleetscan.scan.ports import Destinations, ScanPorts, follow_none
from fleetscan.settings import Settings
from simulator.account import DOCUMENT_NAME, TABLE_NAME
from simulator.cluster import SimulatedAws
from simulator.fleet import Fleet
from simulator.kubernetes.objects import objects

MINUTES = 240.0
"""Before now; the incident's pod had died "over 4 hours ago" when it was looked for (published)."""

TIME_LIMIT_SECONDS = 240.0


def earlier(fleet: Fleet) -> Fleet:
    """Return the fleet as it was then: what has happened since is undone, and events that are gone by now are fresh."""
    nodes = tuple(
        replace(node, kubelet=node.earlier, earlier=None, incarnation="earlier") if node.earlier else node
        for node in fleet.nodes
    )
    events = tuple(
        replace(
            one,
            minutes_ago=one.minutes_ago - MINUTES,
            first_minutes_ago=None if one.first_minutes_ago is None else one.first_minutes_ago - MINUTES,
        )
        for one in fleet.cluster_events
        if one.minutes_ago >= MINUTES
    )
    return replace(fleet, nodes=nodes, cluster_events=events)


def scan_earlier(aws: SimulatedAws) -> Report:
    """Scan the nodes on which something happened then, as of then; what of it is worth keeping is in the table.

    ``aws`` is that of ``earlier(fleet)``, and its variables are the environment's. Metrics, messages and the memory of
    findings are those of today's scan alone.
    """
    clients = Clients()
    wanted = Settings(
        document_name=DOCUMENT_NAME, table_name=TABLE_NAME, kubernetes_access=True, credit_refresh_seconds=0
    )
    touched = frozenset(node.instance_id for node in aws.fleet.nodes if node.incarnation)
    of_now = sources(clients, wanted)
    with _hours_ago(aws) as clock:
        then = replace(
            of_now,
            clock=clock,
            inventory=_Those(of_now.inventory, touched),
            followed=follow_none,
            node_history=None,
            cluster_reader=reader_of_clusters(clients, wanted, clock),
        )
        return pipeline.scan(
            ScanPorts(sources=then, destinations=Destinations(clock=clock)),
            wanted,
            deadline=time.time() + TIME_LIMIT_SECONDS,
        )


@dataclass(frozen=True, slots=True)
class _Those:
    """The workers of an inventory that something happened to."""

    inventory: Inventory
    instance_ids: frozenset[str]

    def workers(self) -> tuple[Node, ...]:
        """Return them."""
        return tuple(node for node in self.inventory.workers() if node.instance_id in self.instance_ids)

    def empty_clusters(self, workers: Iterable[Node]) -> tuple[str, ...]:
        """Return none: that is not asked here."""
        del workers
        return ()


@contextmanager
def _hours_ago(aws: SimulatedAws) -> Iterator[Callable[[], float]]:
    """Let the API server use the time of then while the block runs; yields the clock of then."""

    def clock() -> float:
        return time.time() - MINUTES * 60

    of_now = aws.kubernetes.objects
    aws.kubernetes.objects = objects(lambda: aws.fleet, clock)
    try:
        yield clock
    finally:
        aws.kubernetes.objects = of_now
